import { UserError } from "../errors/errors.ts";

/** What may name the repository, the first that does so first. */
export interface RepositoryHints {
	/** Base of the REST API. */
	api: string;
	/** github.repository of cres.yaml. */
	configured: string | undefined;
	/** Web addresses of the remote origin and of the image's source. */
	pages: readonly (string | undefined)[];
}

/**
 * `owner/name` of the repository: as configured, else of the first page on the API's own host.
 * @throws UserError github_repository_unset (usage)
 */
export function repositoryOn({ api, configured, pages }: RepositoryHints): string {
	if (configured !== undefined) return configured;
	const host = new URL(api).hostname.replace(/^api\.github\.com$/, "github.com");
	for (const page of pages) {
		const url = URL.parse(page ?? "");
		const [, found] = /^\/([\w-][\w.-]*\/[\w.-]+?)(?:\.git)?\/?$/.exec(url?.pathname ?? "") ?? [];
		if (url?.hostname === host && found !== undefined) return found;
	}
	throw new UserError("github_repository_unset", `no repository on ${host} is known`, {
		hint: "set github.repository: owner/name in cres.yaml",
	});
}
