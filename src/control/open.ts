import type { ControlPorts } from "./control-ports.ts";
import { askHealth, type Health } from "./health.ts";
import { controlFolder } from "./place.ts";
import { controlServices, type ControlService } from "./services.ts";
import { backendSource } from "./sources/backend.ts";
import { commandSource } from "./sources/command.ts";
import { dockerSource } from "./sources/docker.ts";
import { externalSource } from "./sources/external.ts";
import type { Source, SourceOptions } from "./sources/source.ts";
import { windowsServiceSource } from "./sources/windows-service.ts";

/** A service with where it comes from. */
export interface Opened {
	service: ControlService;
	source: Source;
	health: () => Promise<Health>;
}

/** The services of cres.yaml, or the defaults, in the order in which they start. */
export async function openServices(ports: ControlPorts): Promise<Opened[]> {
	const isDefault = Object.keys(ports.config.control.services).length === 0;
	const s3 = isDefault ? await s3Program(ports) : undefined;
	return controlServices(ports.config, { s3 }).map((service) => open(ports, service));
}

async function s3Program({ findProgram }: ControlPorts): Promise<"minio" | "weed" | undefined> {
	if ((await findProgram("minio")) !== undefined) return "minio";
	return (await findProgram("weed")) === undefined ? undefined : "weed";
}

function open(ports: ControlPorts, service: ControlService): Opened {
	const health = (sinceMs?: number) => askHealth(ports, service, sinceMs);
	const options = { ports, service, folder: controlFolder(ports.config.state), health };
	return { service, source: sourceOf(options), health: () => health() };
}

/** The only switch on where a service comes from. */
function sourceOf(options: SourceOptions): Source {
	const { origin } = options.service;
	switch (origin.kind) {
		case "command":
			return commandSource(options, origin);
		case "docker":
			return dockerSource(options, origin.docker);
		case "backend":
			return backendSource(options, origin.file);
		case "windows_service":
			return windowsServiceSource(options, origin.service);
		default:
			return externalSource(options);
	}
}
