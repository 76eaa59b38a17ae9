import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import { canonicalHost, formatAddress, hostMatcher, isOwnMachine, type Address } from "./address.ts";
import { addressesIn } from "./values.ts";
import type { AddressRule, PerimeterDocument, Service } from "./document.ts";

/** Where a value comes from. */
export interface Place {
	/** As people know it: `cres.yaml`, `.env`, `environment`. */
	file: string;
	/** Counted from 1; null where there are no lines. */
	line: number | null;
}

/** One name of an instance's environment. */
export interface EnvironmentValue {
	name: string;
	value: string;
	/** Its value is never shown. */
	secret?: boolean;
	at: Place;
}

/** Something that does not keep to the perimeter. A warning does not fail a check. */
export interface Finding extends Place {
	severity: "finding" | "warning";
	/** `never`, `loopback`, `unlisted`, `port`: an address; `endpoint`, `document`: docs/Perimeter.md itself. */
	rule: "never" | "loopback" | "unlisted" | "port" | "endpoint" | "document";
	/** Line of docs/Perimeter.md that says so; null where it is silence that forbids. */
	ruleLine: number | null;
	/** Environment name or setting; null for a finding about the document. */
	name: string | null;
	/** The address, nothing else of the value; `[redacted]` inside a secret. */
	value: string | null;
	message: string;
	/** What to change or type. */
	fix: string;
}

interface Verdict extends Pick<Finding, "severity" | "rule" | "ruleLine"> {
	reason: string;
	/** `there` is where the value comes from. */
	fix: (there: string) => string;
}

/** The plane of instances unless the document says otherwise. Only there the tables of addresses hold. */
export const COMPUTE = "compute";
const CONTROL = "control";

/** The addresses in an instance's environment that its plane does not allow, in the order of the names. */
export function checkEnvironment(
	document: PerimeterDocument,
	environment: readonly EnvironmentValue[],
	plane: string,
): Finding[] {
	if (plane !== COMPUTE) return [];
	const known = (host: string): boolean =>
		document.hosts.some(({ name }) => name.toLowerCase() === host) ||
		[...document.allowed, ...document.forbidden].some(({ address }) => address.toLowerCase() === host);
	return environment.flatMap((one) => {
		const addresses = ASIDE.has(one.name.toUpperCase()) ? [] : addressesIn(one.name, one.value, known);
		return addresses.flatMap((address) => {
			const verdict = judge(document, address);
			return verdict ? [findingOf(one, address, verdict)] : [];
		});
	});
}

/** Names of addresses that are not connected to: the instance's own ones, the operator's, and those to reach without a proxy. */
const ASIDE = new Set(["HOSTNAME", "NO_PROXY", "PUBLIC_IPADDR", "SSH_CLIENT", "SSH_CONNECTION"]);

function findingOf({ name, secret = false, at }: EnvironmentValue, address: Address, verdict: Verdict): Finding {
	const { reason, fix, ...rest } = verdict;
	const value = secret ? "[redacted]" : formatAddress(address);
	const message = secret ? `${name} holds an address that ${reason}` : `${name} names ${value}, which ${reason}`;
	return { ...rest, ...at, name, value, message, fix: secret ? `change ${name} in ${at.file}` : fix(placeText(at)) };
}

/** `cres.yaml:12` */
export const placeText = ({ file, line }: Place): string => (line === null ? file : `${file}:${line}`);

/** What is wrong with an address on the compute plane; undefined when it is allowed. An explicit allow wins. */
function judge(document: PerimeterDocument, address: Address): Verdict | undefined {
	const { allowed, forbidden, ports } = document;
	if (allowed.some((rule) => covers(rule, address))) return undefined;
	const never = forbidden.find((rule) => covers(rule, address));
	if (isOwnMachine(address.host)) return judgeLoopback(ports, address, never);
	if (never) {
		const why = never.why === "" ? "" : ` (${never.why})`;
		const reason = `is never allowed on an instance${why}`;
		return { severity: "finding", rule: "never", ruleLine: never.line, reason, fix: publicFix(document, address) };
	}
	const host = controlHosts(document).find(({ name, addresses }) =>
		[name, ...addresses].some((one) => hostMatcher(one)?.(address.host)),
	);
	if (host) return judgePort(ports, address, host.name);
	const reason = "is not among the addresses that instances may reach";
	const fix = (there: string) =>
		`correct ${there}, or add ${address.host} to "Allowed on instances" in ${PERIMETER_FILE}`;
	return { severity: "finding", rule: "unlisted", ruleLine: null, reason, fix };
}

/** Whether a row means an address at that port. */
export const covers = ({ address, ports }: AddressRule, { host, port }: Address): boolean =>
	(ports.length === 0 || (port !== null && ports.includes(port))) && hostMatcher(address)?.(host) === true;

const controlHosts = ({ hosts }: PerimeterDocument) => hosts.filter(({ plane }) => plane === CONTROL);

/** On an instance loopback leads to the services of the compute plane, and nowhere else. */
function judgeLoopback(
	ports: readonly Service[],
	{ port }: Address,
	never: AddressRule | undefined,
): Verdict | undefined {
	const own = ports.filter((one) => one.plane === COMPUTE && one.port !== null);
	if (own.some((one) => one.port === port)) return undefined;
	const services = own.map((one) => `${one.port} (${one.service})`).join(" and ");
	const answers = own.length === 0 ? "nothing answers" : `only ${services} ${own.length === 1 ? "answers" : "answer"}`;
	const reason = `is the instance itself, where ${answers}`;
	const fix = (there: string) =>
		`set ${there} to the address as instances see it, or add the service to Ports in ${PERIMETER_FILE}`;
	return { severity: "finding", rule: "loopback", ruleLine: never?.line ?? null, reason, fix };
}

function judgePort(ports: readonly Service[], { port }: Address, host: string): Verdict | undefined {
	if (port === null) return undefined;
	const services = ports.filter((one) => one.plane === CONTROL && one.port === port);
	if (services.some(isForInstances)) return undefined;
	const open = ports.flatMap((one) => (one.plane === CONTROL && isForInstances(one) ? [one.port] : []));
	const fix = (there: string) =>
		`correct ${there}; instances reach ${open.join(", ") || "no port"} of the control plane`;
	const [service] = services;
	if (service)
		return {
			...{ severity: "finding", rule: "port", ruleLine: service.line, fix },
			reason: `is ${service.service} of ${host}, reached from ${service.reachedFrom.join(", ") || "nowhere"} only`,
		};
	return { severity: "warning", rule: "port", ruleLine: null, reason: `is ${host} at a port that no service has`, fix };
}

const isForInstances = ({ reachedFrom }: Service): boolean =>
	reachedFrom.some((one) => one.toLowerCase() === "instances");

/** Names an address that would do, where the document holds exactly one. */
function publicFix(document: PerimeterDocument, { port }: Address): (there: string) => string {
	const instead = controlHosts(document).flatMap(({ addresses }) =>
		addresses.filter((one) => {
			const host = canonicalHost(one);
			return host !== undefined && !document.forbidden.some((rule) => covers(rule, { host, port }));
		}),
	);
	const example = instead.length === 1 ? `: ${formatAddress({ host: instead[0]!, port })}` : "";
	return (there) => `set ${there} to the control plane's public address${example}`;
}
