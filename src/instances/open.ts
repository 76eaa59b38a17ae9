import type { Instance } from "./instance.ts";
import { instanceConfig } from "./find.ts";
import type { InstancePorts } from "./ports.ts";

/** An instance of cres.yaml as an object; its driver is loaded when it is needed. @throws UserError unknown_instance (usage) */
export async function openInstance(ports: InstancePorts, name: string): Promise<Instance> {
	const settings = instanceConfig(ports.config, name);
	switch (settings.driver) {
		case "docker":
			return (await import("./docker/instance.ts")).dockerInstance(ports, name, settings);
		case "vast":
			return (await import("./vast/instance.ts")).vastInstance(ports, name, settings);
	}
}
