import type { components } from "@octokit/openapi-types";

type Schemas = components["schemas"];

/** Where the double answers and where its pages would be: `http://127.0.0.1:1234`. */
export interface Origins {
	api: string;
	web: string;
}

type Links<K extends string> = Record<K, string>;
/** Addresses below `base`, by the names of their fields. */
export const links = <K extends string>(base: string, names: readonly K[]): Links<K> =>
	Object.fromEntries(names.map((name) => [name, `${base}/${name.replace(/_url$/, "")}`])) as Links<K>;

const USER_LINKS = [
	...(["events_url", "followers_url", "following_url", "gists_url", "organizations_url"] as const),
	...(["received_events_url", "repos_url", "starred_url", "subscriptions_url"] as const),
] as const;

/** A user as GitHub's REST API gives it (docs.github.com/rest/users). */
export function wireUser({ api, web }: Origins, login: string, type: "User" | "Organization" | "Bot" = "User") {
	const url = `${api}/users/${login}`;
	return {
		login,
		id: 1,
		node_id: `U_${login}`,
		avatar_url: `${web}/${login}.png`,
		gravatar_id: "",
		url,
		html_url: `${web}/${login}`,
		type,
		site_admin: false,
		...links(url, USER_LINKS),
	} satisfies Schemas["simple-user"];
}

/** An account as anybody sees it. */
export const wireAccount = (origins: Origins, login: string, type: "User" | "Organization", at: string) =>
	({
		...wireUser(origins, login, type),
		user_view_type: "public",
		...{ name: null, company: null, blog: null, location: null, email: null, hireable: null, bio: null },
		...{ public_repos: 1, public_gists: 0, followers: 0, following: 0, created_at: at, updated_at: at },
	}) satisfies Schemas["public-user"];

const ROOT_LINKS = [
	...(["authorizations_url", "code_search_url", "commit_search_url", "current_user_url", "emails_url"] as const),
	...(["emojis_url", "events_url", "feeds_url", "followers_url", "following_url", "gists_url"] as const),
	...(["issue_search_url", "issues_url", "keys_url", "label_search_url", "notifications_url"] as const),
	...(["organization_url", "organization_repositories_url", "organization_teams_url", "public_gists_url"] as const),
	...(["rate_limit_url", "repository_url", "repository_search_url", "current_user_repositories_url"] as const),
	...(["starred_url", "starred_gists_url", "user_url", "user_organizations_url", "user_repositories_url"] as const),
	...(["user_search_url", "current_user_authorizations_html_url"] as const),
] as const;

/** The addresses that the API root names. */
export const wireRoot = ({ api }: Origins) => links(api, ROOT_LINKS) satisfies Schemas["root"];
