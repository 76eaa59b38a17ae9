/** Every route that the simulator knows; any other path is 404. `{id}` and `{key}` are numbers. */
export const ROUTES = {
	list: "GET /api/v1/instances/",
	"list-legacy": "GET /api/v0/instances/",
	show: "GET /api/v0/instances/{id}/",
	create: "PUT /api/v0/asks/{id}/",
	"update-template": "PUT /api/v0/instances/update_template/{id}/",
	recycle: "PUT /api/v0/instances/recycle/{id}/",
	reboot: "PUT /api/v0/instances/reboot/{id}/",
	"request-logs": "PUT /api/v0/instances/request_logs/{id}/",
	command: "PUT /api/v0/instances/command/{id}/",
	change: "PUT /api/v0/instances/{id}/",
	"change-many": "PUT /api/v0/instances/",
	destroy: "DELETE /api/v0/instances/{id}/",
	"ssh-list": "GET /api/v0/instances/{id}/ssh/",
	"ssh-attach": "POST /api/v0/instances/{id}/ssh/",
	"ssh-detach": "DELETE /api/v0/instances/{id}/ssh/{key}/",
	offers: "POST /api/v0/bundles/",
	account: "GET /api/v0/users/current/",
} as const;

export type RouteName = keyof typeof ROUTES;

interface Matched {
	route: RouteName;
	id: number;
	key: number;
}

const patterns = Object.entries(ROUTES).map(([name, text]) => {
	const [method, path] = text.split(" ") as [string, string];
	const pattern = path.replaceAll(/\{(\w+)\}/g, (_, part: string) => `(?<${part}>\\d+)`);
	return { route: name as RouteName, method, pattern: new RegExp(`^${pattern}$`) };
});

/** The route of a request, or undefined for one that there is not. */
export function matchRoute(method: string, path: string): Matched | undefined {
	for (const { route, method: wanted, pattern } of patterns) {
		const groups = wanted === method ? pattern.exec(path) : null;
		if (groups) return { route, id: Number(groups.groups?.["id"]), key: Number(groups.groups?.["key"]) };
	}
	return undefined;
}
