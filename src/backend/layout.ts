import { modulesOf, type BackendSettings, type ServerSettings } from "./settings.ts";

/** One process of a server. */
export interface Instance {
	/** `broker-0`. */
	name: string;
	server: string;
	port: number;
	modules: string[];
	reload: boolean;
}

/** Every process of a backend, in the order of its file; instances have consecutive ports. */
export const instancesOf = ({ servers }: BackendSettings): Instance[] =>
	Object.entries(servers).flatMap(([server, settings]) =>
		Array.from({ length: settings.instances }, (_, index) => instanceOf(server, settings, index)),
	);

const instanceOf = (server: string, settings: ServerSettings, index: number): Instance => ({
	name: `${server}-${index}`,
	server,
	port: settings.port + index,
	modules: modulesOf(settings),
	reload: settings.reload,
});

/** Which server answers for each module, core first: core is answered by the first server. */
export function homesOf({ servers }: BackendSettings): Map<string, string> {
	const homes = new Map<string, string>();
	for (const [server, settings] of Object.entries(servers))
		for (const module of modulesOf(settings)) if (!homes.has(module)) homes.set(module, server);
	return homes;
}

/** Where the health of the core module is asked. */
export const healthPath = ({ api_base_url }: BackendSettings): string => `${api_base_url}/core/health`;
