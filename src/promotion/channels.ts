import type { Attested } from "../attest/attested.ts";
import { asUserError } from "../errors/as-user-error.ts";
import type { Instance } from "../instances/instance.ts";
import { describeImage } from "../registry/release-image.ts";
import { readPromotions, type RecordedPromotion } from "../state/promotions.ts";
import type { PromotionPorts } from "./ports.ts";

/** One channel, as the registry has it now. */
export interface ChannelRow {
	channel: string;
	/** What it resolves to; null: to nothing. */
	digest: string | null;
	/** Null where it resolves to nothing, or to no image of ours. */
	buildId: string | null;
	/** Its valid attestation; null where there is none. */
	attestation: Pick<Attested, "keyId" | "signedAt" | "predicateType"> | null;
	/** Whether the image has a valid attestation; null: it could not be asked for, or there is no image. */
	attested: boolean | null;
	/** Why it has no valid attestation, or could not be read; null where all is well. */
	problem: { code: string; message: string; hint: string | null } | null;
	/** When and by whom it was promoted, by the records of this machine; null where those do not tell. */
	promoted: { at: string; by: string; previous: string | null } | null;
	/** Instances that were seen to run this digest. */
	instances: string[];
}

/** What `cres channels` returns under --json. */
export interface ChannelList {
	channels: ChannelRow[];
	/** Instances that could not be asked. */
	unasked: { instance: string; message: string; hint: string | null }[];
}

interface ChannelPorts extends PromotionPorts {
	open: (instance: string) => Promise<Instance>;
}

/** Every channel of cres.yaml. What one of them, or an instance, fails with is told in its row. */
export async function listChannels(ports: ChannelPorts): Promise<ChannelList> {
	const { config } = ports;
	const [promotions, seen] = await Promise.all([
		readPromotions(config.state),
		Promise.all(Object.keys(config.instances).map((name) => digestOn(ports, name))),
	]);
	const rows = await Promise.all(config.channels.map((name) => rowOf(ports, name, promotions)));
	return {
		channels: rows.map((row) => ({
			...row,
			instances: seen.flatMap((one) => ("digest" in one && one.digest === row.digest ? [one.instance] : [])),
		})),
		unasked: seen.flatMap((one) => ("message" in one ? [one] : [])),
	};
}

async function rowOf(
	ports: PromotionPorts,
	channel: string,
	promotions: readonly RecordedPromotion[],
): Promise<ChannelRow> {
	const row: ChannelRow = {
		...{ channel, digest: null, buildId: null, attested: null, attestation: null, problem: null, promoted: null },
		instances: [],
	};
	const { repository } = ports.config.image;
	try {
		const image = await describeImage(await ports.registry(), repository, channel);
		if (!image) return row;
		Object.assign(row, { digest: image.digest, buildId: image.buildId });
		row.promoted = promotedBy(
			promotions.filter((one) => one.repository === repository),
			row,
		);
		const { keyId, signedAt, predicateType } = await ports.attested(image.digest);
		return { ...row, attested: true, attestation: { keyId, signedAt, predicateType } };
	} catch (error) {
		const failure = asUserError(error);
		if (!failure) throw error;
		const attested = failure.code.startsWith("attestation_") ? false : null;
		return { ...row, attested, problem: { code: failure.code, message: failure.message, hint: failure.hint ?? null } };
	}
}

/** The newest promotion on record, where it is the one that stands. @param promotions of the repository */
function promotedBy(promotions: readonly RecordedPromotion[], { channel, digest }: ChannelRow): ChannelRow["promoted"] {
	const newest = promotions.findLast((one) => one.channel === channel && one.outcome !== "failed");
	return newest?.to === digest ? { at: newest.at, by: newest.by, previous: newest.from } : null;
}

async function digestOn(
	{ open }: ChannelPorts,
	name: string,
): Promise<{ instance: string; digest: string | undefined } | ChannelList["unasked"][number]> {
	try {
		const { container } = await (await open(name)).running(async () => []);
		return { instance: name, digest: container?.digest };
	} catch (error) {
		const failure = asUserError(error);
		if (!failure) throw error;
		return { instance: name, message: failure.message, hint: failure.hint ?? null };
	}
}
