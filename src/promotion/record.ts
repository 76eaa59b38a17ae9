import type { Attested } from "../attest/attested.ts";
import { signerText } from "../attest/signed-by.ts";
import { smokedRole } from "../contracts/smoke.ts";
import { asUserError } from "../errors/as-user-error.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import { codeSpan } from "../plan/code-span.ts";
import type { PlanEntry } from "../plan/entry.ts";
import { recordEntry } from "../plan/plan-file.ts";
import { appendPromotion } from "../state/promotions.ts";
import { seconds } from "../system/text.ts";
import type { PromotionPorts } from "./ports.ts";
import type { Promotion } from "./promotion.ts";

/** The records of one promotion: a line before it, one after it, and its docs/PLAN.md entry. */
export interface PromotionLog {
	/** @throws UserError unrecorded, plan_… : the channel was moved all the same */
	promoted(promotion: Promotion, attested: Attested): Promise<void>;
	/**
	 * What cannot be written is only noted: why the promotion failed is what counts. Of an unknown outcome nothing is
	 * written: the promotion stays interrupted, so that its image is kept.
	 */
	failed(outcome: "lost" | "failed" | "unknown"): Promise<void>;
}

type Recording = Pick<PromotionPorts, "config" | "clock" | "progress">;

/** A record that cannot be written keeps nobody from moving a channel back: it is told afterwards. */
export async function openRecord(
	{ config, clock, progress }: Recording,
	begun: Promotion,
	id: string,
): Promise<PromotionLog> {
	const now = () => new Date(clock.now());
	const failures: unknown[] = [];
	const attempt = (write: Promise<void>) => write.catch((error: unknown) => void failures.push(error));
	const end = (outcome: "promoted" | "lost" | "failed") =>
		attempt(appendPromotion(config.state, { event: "end", id, at: now().toISOString(), outcome }));
	await attempt(appendPromotion(config.state, beginningOf(config.image.repository, begun, id, now())));
	return {
		async promoted(promotion, attested) {
			await end("promoted");
			await attempt(recordEntry(config.root, promotionEntry(promotion, attested, now())));
			if (failures.length > 0) throw unrecorded(promotion, failures);
		},
		async failed(outcome) {
			if (outcome !== "unknown") await end(outcome);
			for (const failure of failures) progress.note(messageOf(failure));
		},
	};
}

const beginningOf = (repository: string, begun: Promotion, id: string, at: Date) => ({
	...{ event: "begin" as const, id, channel: begun.channel, repository, from: begun.previous, to: begun.digest },
	...{ buildId: begun.buildId, at: at.toISOString(), by: begun.by ?? "unknown", keyId: begun.attestation.keyId },
	undo: begun.undo,
});

function unrecorded({ channel, buildId, digest }: Promotion, failures: readonly unknown[]): UserError {
	const [first] = failures;
	if (failures.length === 1 && first instanceof UserError) return first;
	const what = failures.map(messageOf).join("; ");
	return new UserError(
		"unrecorded",
		`${channel} resolves to ${buildId} (${digest}), but not all of it could be recorded: ${what}`,
		{ hint: asUserError(first)?.hint ?? "make room or correct the rights, then cres channels", cause: first },
	);
}

/** The docs/PLAN.md entry of a promotion. */
function promotionEntry(promotion: Promotion, { keyId, signedAt, smoke }: Attested, at: Date): PlanEntry {
	const { channel, buildId, digest, previous, by, sure, undo } = promotion;
	return {
		...{ at, ...(by === null ? {} : { by }) },
		title: `Promote ${buildId} to ${channel}`,
		objective: `let the channel \`${channel}\` resolve to build \`${buildId}\` (\`${digest}\`).`,
		changes: [`\`${channel}\`: ${previous === null ? "nothing" : `\`${previous}\``} → \`${digest}\``],
		validation: [
			{
				label: "Observed",
				observed: [
					`\`${channel}\` resolves to \`${digest}\` after the change`,
					`attested by ${signerText(keyId, codeSpan)} at ${signedAt}: smoke test of the role ${smokedRole(smoke)}, ${smoke.rungs.length} rungs, ${seconds(smoke.durationMs)}`,
					...(sure ? [] : [UNSURE]),
				],
			},
		],
		rollback: [undo === null ? `\`${channel}\` did not exist before; \`cres promote\` moves it on.` : `\`${undo}\``],
	};
}

/** What is said of a promotion that is not sure. */
export const UNSURE =
	"the registry took so long for the change that a promotion by another machine in between would not be known";
