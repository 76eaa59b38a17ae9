import { missingSecrets, secretValues } from "../config/config.ts";
import { parseFlag } from "../contracts/flag.ts";
import { UserError } from "../errors/errors.ts";
import { codesIn, gathered, throwTogether } from "../errors/gathered.ts";
import type { Outlook } from "../instances/instance.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import { assertTakesEntries } from "../plan/plan-file.ts";
import { fingerprintKey } from "../state/fingerprint-key.ts";
import { currentRelease } from "../state/releases.ts";
import { abandon } from "../errors/abandon.ts";
import { assertAttested, type ChannelGate } from "./channel-gate.ts";
import { unlessAborted } from "../system/limits.ts";
import { leaseHolder } from "./lease.ts";
import type { Sight } from "./observe.ts";
import type { RolloutPorts } from "./ports.ts";
import { fingerprintsOf, renderRunSpec, runSpecHash } from "./run-spec.ts";
import { assertNotPlain, assertPerimeter, assertStore } from "./surroundings.ts";
import { isSameRelease, type NextRelease, type WantedRelease } from "./wanted.ts";

/** What is and what is wanted, with nothing in the way. */
export interface Seen extends Sight {
	next: NextRelease;
	/** Its plan is empty when the wanted release serves: then at most its records are missing. */
	outlook: Outlook;
	/** The wanted release serves, and the records say so. */
	settled: boolean;
	/** Null where no channel was asked for. */
	gate: ChannelGate | null;
	[Symbol.asyncDispose](): Promise<void>;
}

/**
 * Everything that can be known before the first side effect; the one place that decides whether a rollout may begin.
 * @throws UserError with every failure together
 */
export async function preflight(
	ports: RolloutPorts,
	wanted: WantedRelease,
	image: Promise<ReleaseImage>,
	looking: Promise<Sight>,
): Promise<Seen> {
	try {
		const fitting = image.then((found) => assertFlavour(ports, found));
		// Whoever holds the lease is told once, though both the instance and the state directory know.
		const free = looking.then(
			() => assertFree(ports),
			(error: unknown) => (codesIn(error).includes("lease_held") ? undefined : assertFree(ports)),
		);
		const around = [assertStore(ports), assertPerimeter(ports, wanted), assertNotPlain(ports, wanted)] as const;
		const planning = wanted.spec ? undefined : assertTakesEntries(ports.config.root); // a rollback is not held up by it
		const asked = [assertSecrets(ports), ...around, planning, free] as const;
		const gating = assertAttested(ports, wanted, image);
		// Whoever stops it is told so, and not what the end of each question looks like.
		const [found, sight, gate] = await unlessAborted(ports.signal, gathered([fitting, looking, gating, ...asked]));
		return { ...(await weigh(ports, wanted, found, sight)), gate };
	} catch (error) {
		abandon(looking, ({ observation }) => observation.close());
		throw error;
	}
}

async function weigh(
	{ config, instance }: RolloutPorts,
	wanted: WantedRelease,
	image: ReleaseImage,
	sight: Sight,
): Promise<Omit<Seen, "gate">> {
	const { observation, known } = sight;
	const secrets = secretValues(config);
	const fingerprints = fingerprintsOf(secrets, await fingerprintKey(config.state));
	const spec = wanted.spec ?? renderRunSpec(config, instance.name, instance.settings, fingerprints, observation.gpu);
	const next: NextRelease = { image, reference: observation.reference, spec, specHash: runSpecHash(spec, secrets) };
	const outlook = observation.weigh(next, known);
	if (!outlook.serves) throwTogether(await observation.unfit(next));
	return {
		...{ ...sight, next, settled: outlook.serves && isRecorded(sight, next) },
		outlook: outlook.serves ? { ...outlook, plan: [] } : outlook,
		[Symbol.asyncDispose]: async () => observation.close(),
	};
}

/** False after a rollout from here that was killed, and when another control host has rolled the instance since. */
function isRecorded({ known, interrupted }: Sight, next: NextRelease): boolean {
	const current = currentRelease(known.releases);
	return !interrupted && (!current || isSameRelease(current, next));
}

async function assertSecrets({ config }: RolloutPorts): Promise<void> {
	const missing = missingSecrets(config);
	if (missing.length > 0)
		throw new UserError("secret_missing", `no value for ${missing.join(", ")}`, {
			hint: `put ${missing.map((name) => `${name}=…`).join(" ")} into .env beside cres.yaml`,
		});
}

/** @throws UserError lease_held when somebody changes the instance now */
async function assertFree(ports: RolloutPorts): Promise<void> {
	const held = await leaseHolder(ports);
	if (held) throw held;
}

/** An image without engines for a GPU is no image for the role gpu, unless that one is pretended. */
function assertFlavour({ config, instance }: RolloutPorts, image: ReleaseImage): ReleaseImage {
	const { name, settings } = instance;
	const pretended = parseFlag({ ...config.env, ...settings.env }["GPU_PRETEND"] ?? "") === true;
	if (pretended || !settings.roles.includes("gpu") || image.flavour !== "cpu") return image;
	throw new UserError("wrong_flavour", `${name} has the role gpu, but ${image.buildId} has the engines of cpu only`, {
		hint:
			settings.flavour === "cuda"
				? `cres build all --push --flavour cuda, then cres deploy ${name}`
				: `set instances.${name}.flavour: cuda in cres.yaml, then cres build all --push --flavour cuda`,
	});
}
