const PROGRAM = /^(?:bash|sh|source|\.|python[\d.]*|node|deno|bun|ruby|perl|pwsh)$/;
const SUFFIX = /\.(?:sh|bash|py|[cm]?js|ts|rb|pl|ps1)$/;

/** The file that a command of a script names, where its absence stops it. */
export function targetOf([name = "", ...rest]: readonly string[]): { path: string; as: string } | undefined {
	if (/^\.{1,2}\/|^[\w-]+\//.test(name) && SUFFIX.test(name)) return { path: name, as: "the script" };
	if (PROGRAM.test(name)) {
		const at = rest.findIndex((word) => !word.startsWith("-"));
		const path = rest[at];
		return path !== undefined && SUFFIX.test(path) && !rest.slice(0, at).some((word) => /^-(?:c|m|e|-\w+)$/.test(word))
			? { path, as: "the script" }
			: undefined;
	}
	if (name === "docker-compose" || (name === "docker" && rest[0] === "compose")) {
		const path = rest[rest.findIndex((word) => word === "-f" || word === "--file") + 1];
		return rest.some((word) => word === "-f" || word === "--file") && path !== undefined && /\.ya?ml$/.test(path)
			? { path, as: "the compose file" }
			: undefined;
	}
	if (/^(?:uv|pip3?)$/.test(name) || (name.startsWith("python") && rest[1] === "pip")) {
		const at = rest.findIndex((word) => word === "-r" || word === "--requirement" || word === "-c");
		const path = at === -1 ? rest.find((word) => /^-r./.test(word))?.slice(2) : rest[at + 1];
		return path === undefined ? undefined : { path, as: "the requirements" };
	}
	if (name === "kubectl" || name === "kustomize") return ofKubernetes(name, rest);
	if (name === "ansible-playbook") {
		const path = rest.find((word, index) => /\.ya?ml$/.test(word) && !/^(?:-\w|--[\w-]+)$/.test(rest[index - 1] ?? ""));
		return path === undefined || path.startsWith("@") ? undefined : { path, as: "the playbook" };
	}
	if (name === "helm") return ofHelm(rest);
	return undefined;
}

const kustomizationAt = (path: string | undefined): ReturnType<typeof targetOf> =>
	path === undefined || /:\/\/|\?/.test(path) ? undefined : { path, as: "the kustomization" };

/** `helm upgrade NAME ./CHART`: without a dot before it, it may be the chart of a repository. */
function ofHelm([verb = "", ...rest]: readonly string[]): ReturnType<typeof targetOf> {
	if (!/^(?:install|upgrade|template|lint|package)$/.test(verb)) return undefined;
	const path = rest.find(
		(word, index) => /^\.{1,2}\/[\w.-]/.test(word) && !/^(?:-f|--values)$/.test(rest[index - 1] ?? ""),
	);
	return path === undefined || path.endsWith(".tgz") ? undefined : { path, as: "the chart" };
}

/** `kubectl apply -f FILE`, `kubectl apply -k FOLDER`, `kustomize build FOLDER`. */
function ofKubernetes(name: string, [verb = "", ...rest]: readonly string[]): ReturnType<typeof targetOf> {
	if (name === "kustomize") {
		const path = rest.find((word) => !word.startsWith("-"));
		return verb === "build" ? kustomizationAt(path) : undefined;
	}
	if (verb === "kustomize") return kustomizationAt(rest.find((word) => !word.startsWith("-")));
	if (!/^(?:apply|create|delete|replace|diff)$/.test(verb)) return undefined;
	const at = rest.findIndex((word) => /^(?:-f|-k|--filename|--kustomize)$/.test(word));
	const path = rest[at + 1];
	return at === -1 || path === undefined || path === "-" || path.includes("://")
		? undefined
		: { path, as: "the manifest" };
}
