/** Names that people and Docker give to Docker Hub (docker/cli, cli/registry: IndexName, IndexHostname). */
const NAMES = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/** Where a registry's API answers: Docker Hub's name leads to its web pages. `host` or `host:port`. */
export const apiHost = (host: string): string => (NAMES.includes(host) ? "registry-1.docker.io" : host);

/** Under which name Docker keeps a registry's login, and compares it with where it sends it. */
export const loginServer = (host: string): string => (NAMES.includes(host) ? "https://index.docker.io/v1/" : host);
