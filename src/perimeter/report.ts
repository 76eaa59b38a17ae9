import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { basename, join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Instance } from "../instances/instance.ts";
import { recordedEndpoint } from "../state/endpoints.ts";
import { readTextIfExists } from "../system/files.ts";
import { checkEndpoints, checkServicePorts, documentFindings } from "./agreement.ts";
import { COMPUTE, checkEnvironment, type EnvironmentValue, type Finding } from "./check.ts";
import { parsePerimeter, type PerimeterDocument } from "./document.ts";
import { configuredEnvironment, strayEnvironment } from "./environments.ts";
import { createOrigins, type Origins } from "./origin.ts";
import { readPerimeter } from "./perimeter-file.ts";

/** What a check of the perimeter goes by. */
export interface PerimeterOptions {
	config: Config;
	/** Clear environment that cres.yaml gives an instance. */
	rendered: (instance: Instance) => Readonly<Record<string, string>>;
	/** Also the clear environment of the containers that run is looked at. */
	running: boolean;
}

/** An instance and what of it was looked at. */
interface CheckedInstance {
	instance: string;
	plane: string;
	/** `configured`: what cres.yaml gives it; `running`: what else its container has. */
	environment: "configured" | "running";
	/** Number of environment names. */
	names: number;
}

/** What `cres perimeter check` returns under --json. */
export interface PerimeterReport {
	document: string;
	checked: CheckedInstance[];
	/** `instance` is null for what concerns the document or cres.yaml as a whole. */
	findings: (Finding & { instance: string | null })[];
	failed: number;
	warned: number;
}

/**
 * Checks the document, its endpoints, and the environment of the given instances.
 * @throws UserError perimeter_missing, and what the environment of an instance throws
 */
export async function checkPerimeter(
	instances: readonly Instance[],
	options: PerimeterOptions,
): Promise<PerimeterReport> {
	const document = parsePerimeter(await readPerimeter(options.config.root));
	const origins = await originsOf(options.config);
	const whole = await checkDocument(document, options.config, origins);
	const each = await Promise.all(instances.map((one) => checkInstance(one, document, options, origins)));
	const findings = [
		...whole.map((finding) => ({ ...finding, instance: null })),
		...each.flatMap((one) => one.findings.filter((finding) => !whole.some((other) => isSame(finding, other)))),
	];
	const count = (severity: Finding["severity"]) => findings.filter((one) => one.severity === severity).length;
	return {
		document: PERIMETER_FILE,
		checked: each.flatMap(({ checked }) => checked),
		findings,
		failed: count("finding"),
		warned: count("warning"),
	};
}

async function checkDocument(document: PerimeterDocument, config: Config, origins: Origins): Promise<Finding[]> {
	const names = Object.keys(config.instances);
	const records = names.map(async (name) => [name, await recordedEndpoint(config.state, name)] as const);
	const recorded = Object.fromEntries(await Promise.all(records));
	return [
		...documentFindings(document),
		...checkEndpoints(document, config.instances, recorded),
		...checkServicePorts(document, config, origins.setting),
	];
}

/** A port of a setting that reaches every instance is told once. */
const isSame = (a: Finding, b: Finding): boolean =>
	a.severity === b.severity && a.rule === b.rule && a.file === b.file && a.line === b.line && a.value === b.value;

async function checkInstance(
	one: Instance,
	document: PerimeterDocument,
	{ config, rendered, running }: PerimeterOptions,
	origins: Origins,
): Promise<Pick<PerimeterReport, "checked" | "findings">> {
	const { name: instance } = one;
	const plane = planeOf(document, instance);
	const wanted = rendered(one);
	const environments: [CheckedInstance["environment"], EnvironmentValue[]][] = [
		["configured", configuredEnvironment(config, instance, wanted, origins)],
	];
	if (running) environments.push(["running", strayEnvironment(config, instance, await one.environment(), wanted)]);
	return {
		checked: environments.map(([environment, values]) => ({ instance, plane, environment, names: values.length })),
		findings: environments.flatMap(([, values]) =>
			checkEnvironment(document, values, plane).map((finding) => ({ ...finding, instance })),
		),
	};
}

/** A row of hosts that has an instance's name says where it stands: a worker on the control host, for one. */
const planeOf = ({ hosts }: PerimeterDocument, instance: string): string =>
	hosts.find(({ name }) => name === instance)?.plane ?? COMPUTE;

async function originsOf(config: Config): Promise<Origins> {
	const yaml = (await readTextIfExists(config.file)) ?? "";
	const dotenv = (await readTextIfExists(join(config.root, ".env"))) ?? "";
	return createOrigins(basename(config.file), yaml, dotenv, config);
}
