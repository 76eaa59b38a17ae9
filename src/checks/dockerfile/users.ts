import type { Tree } from "../tree/tree.ts";
import { isPlain, rootOf, chainOf } from "./image-files.ts";
import { installOf } from "./install.ts";
import { assignments, scriptOf, type DockerModel, type Stage, type Step } from "./model.ts";
import { ownBaseOf } from "./own-base.ts";
import { baseOf } from "./reference.ts";

/** Of base-passwd of Debian and Ubuntu, of Alpine, and of what their packages make under another name than their own. */
const SYSTEM = new Set(
	"root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody _apt adm shutdown halt operator postmaster cron ftp sshd at squid xfs cyrus vpopmail ntp smmsp guest postgres messagebus systemd-network systemd-resolve systemd-timesync ubuntu nginx http syslog statd polkitd tss vmail Debian-exim rtkit avahi nonroot".split(
		" ",
	),
);

/** A user that an image has, and the step that makes it. */
interface MadeUser {
	name: string;
	model: DockerModel;
	step: Step;
}

/** The users of a stage. */
export interface Users {
	made: readonly MadeUser[];
	/** Whether an image, a package or the system may bring a user of this name. */
	isBrought: (name: string) => boolean;
}

/**
 * The users that the instructions of a stage, of those it stands on and of the tree's own base make. Undefined where it
 * is not known: the base is somebody else's, a script of the build or a copied file may make one, a name is computed.
 */
export function usersOf(tree: Tree, model: DockerModel, stage: Stage): Users | undefined {
	const own = ownBaseOf(tree, model, stage);
	const parts = own === undefined ? [{ model, stage }] : [own, { model, stage }];
	const [lowest] = parts;
	const { text: base, computed } = baseOf(lowest!.model, rootOf(lowest!.stage));
	if (computed || !isPlain(base)) return undefined;
	const steps = parts.flatMap((part) =>
		chainOf(part.stage).flatMap((one) => one.steps.map((step) => ({ ...part, step }))),
	);
	if (steps.some(({ step }) => mayHide(step))) return undefined;
	const made = steps.flatMap(({ model: of, stage: at, step }) => madeBy(of, at, step));
	const packages = steps.flatMap(({ step }) =>
		step.keyword === "RUN" ? scriptOf(step).commands.flatMap((command) => installOf(command)?.rest ?? []) : [],
	);
	if (made.some(({ name }) => name.includes("$"))) return undefined;
	const isBrought = (name: string): boolean =>
		SYSTEM.has(name) ||
		/^(?:systemd-|_)/.test(name) ||
		[base, ...packages].some((one) => one.includes(name) || (one.length > 2 && name.includes(one)));
	return { made, isBrought };
}

/** A script of the build, or a file that is copied over the list of users. */
const mayHide = ({ keyword, rest }: Step): boolean =>
	(keyword === "RUN" &&
		/\.sh\b|\b(?:ansible|chef|puppet|nix|sysusers)\b|\bcurl\b[^|]*\|\s*(?:ba|da)?sh/.test(
			rest.replaceAll(/\bchmod\b[^\n;&|]*/g, ""),
		)) ||
	(/^(?:COPY|ADD)$/.test(keyword) && /\/etc\/(?:passwd|\s|$)|\s\/\s*$|rootfs|\.tar/.test(rest));

function madeBy(model: DockerModel, stage: Stage, step: Step): MadeUser[] {
	if (step.keyword !== "RUN" || !/useradd|adduser|usermod|passwd/.test(step.rest)) return [];
	const words = scriptOf(step).commands.flatMap(({ words: all }) =>
		/^(?:\/usr\/sbin\/)?(?:useradd|adduser|usermod)$/.test(all.find(({ text }) => text !== "sudo")?.text ?? "")
			? all
					.slice(1)
					.filter(({ text }) => !text.startsWith("-"))
					.map(({ text }) => text)
			: [],
	);
	const written = [...step.rest.matchAll(/\b([a-z_][\w-]*):[x*!]?:\d+:\d+:/g)].map(([, name]) => name!);
	return [...words, ...written].map((name) => ({ name: valueOf(model, stage, name), model, step }));
}

/** With the defaults of ARG and ENV; as it is written where there is none. */
const valueOf = ({ globals }: DockerModel, stage: Stage, text: string): string =>
	text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => {
		const own = chainOf(stage)
			.flatMap(({ steps }) => steps.filter(({ keyword }) => /^(?:ARG|ENV)$/.test(keyword)).flatMap(assignments))
			.find(([one, value]) => one === name && value !== undefined)?.[1];
		return own ?? globals.get(name)?.value ?? whole;
	});
