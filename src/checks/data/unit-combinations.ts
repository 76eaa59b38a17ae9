import type { Ini, Option, Section } from "./ini.ts";

/** Settings of one unit that systemd refuses together, or that undo each other. */
export interface Refused {
	/** As the message tells it, behind the name of the unit. */
	what: string;
	say: string;
	/** The setting to change first. */
	options: readonly [Option, ...Option[]];
}

/**
 * What `systemd-analyze verify` refuses of a whole unit, from service_verify() and timer_verify() of systemd 255
 * (src/core/service.c, src/core/timer.c) and systemd.service(5). A drop-in may change it: it is told of whole units alone.
 */
export function refusedIn({ sections }: Ini, isTimer: boolean): Refused[] {
	const service = sections.filter(({ name }) => name === "Service");
	const timer = sections.filter(({ name }) => name === "Timer");
	return [
		...(service.length === 1 ? [...inService(service[0]!), ...stopsAtOnce(service[0]!, sections)] : []),
		...(isTimer && timer.length === 1 ? inTimer(timer[0]!) : []),
	];
}

const last = ({ options }: Section, name: string): Option | undefined =>
	options.findLast((option) => option.name === name && option.value !== "");

function inService(section: Section): Refused[] {
	const [type, restart] = ["type", "restart"].map((name) => last(section, name));
	const once = type?.value === "oneshot";
	const begun = section.options.findLastIndex(({ name, value }) => name === "execstart" && value === "");
	const starts = section.options.filter(({ name, value }, at) => name === "execstart" && value !== "" && at > begun);
	const found: Refused[] = [];
	if (once && restart !== undefined && /^(?:always|on-success)$/.test(restart.value))
		found.push({
			what: `has Type=oneshot and Restart=${restart.value}, which systemd refuses together: the unit is not loaded`,
			say: "take the line Restart= out, or write Restart=on-failure",
			options: [restart, type],
		});
	if (!once && starts.length > 1)
		found.push({
			what: `has ${starts.length} lines ExecStart=, which systemd allows for Type=oneshot alone: the unit is not loaded`,
			say: "write Type=oneshot, or ExecStartPre= for all but the last",
			options: starts as [Option, ...Option[]],
		});
	if (type?.value === "dbus" && last(section, "busname") === undefined)
		found.push({
			what: "has Type=dbus and no BusName=: systemd refuses the unit",
			say: "write BusName=, or Type=exec",
			options: [type],
		});
	return found;
}

/**
 * A unit that is started with the machine and whose start ends: without RemainAfterExit= it is then inactive, and systemd
 * goes on to ExecStop= (systemd.service(5), "ExecStop="). What a timer starts has no [Install] and may mean it so.
 */
function stopsAtOnce(section: Section, sections: readonly Section[]): Refused[] {
	const [type, stop, remains] = ["type", "execstop", "remainafterexit"].map((name) => last(section, name));
	const isWanted = sections.some((one) => one.name === "Install" && last(one, "wantedby") !== undefined);
	if (type?.value !== "oneshot" || stop === undefined || !isWanted) return [];
	if (/^(?:yes|true|on|1)$/i.test(remains?.value ?? "")) return [];
	return [
		{
			what: "has Type=oneshot and no RemainAfterExit=yes: systemd runs its ExecStop= as soon as ExecStart= has ended",
			say: "write RemainAfterExit=yes, or ExecStopPost= for what shall run after each start",
			options: [type, stop],
		},
	];
}

const TRIGGER =
	/^on(?:calendar|active|boot|startup|unitactive|unitinactive)(?:sec)?$|^on(?:clockchange|timezonechange)$/;

function inTimer(section: Section): Refused[] {
	const [first] = section.options;
	return first === undefined || section.options.some(({ name, value }) => TRIGGER.test(name) && value !== "")
		? []
		: [
				{
					what: "has no time to start at: systemd refuses a timer without an On…= line",
					say: "write OnCalendar= or OnUnitActiveSec=",
					options: [first],
				},
			];
}
