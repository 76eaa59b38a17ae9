import { loadGithubParser } from "../../../src/checks/workflows/github-parser.ts";

/** GitHub's own reader of workflow files. */
export const parser = await loadGithubParser();
