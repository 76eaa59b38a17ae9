import { z } from "zod";
import { healthSchema as contract } from "../../../../src/contracts/health.ts";
import { engineSchema } from "../../../runtime/engines/engine.ts";

export const healthSchema = contract.extend({
	engines: z.object({ llama: engineSchema.optional(), whisper: engineSchema.optional() }),
});
export type Health = z.infer<typeof healthSchema>;
