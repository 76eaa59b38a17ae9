import type { UserError } from "../../../errors/errors.ts";
import { changedMeanwhile } from "../../changed.ts";

/** cres.yaml names another contract by now. */
export const renamedMeanwhile = (instance: string, id: number): UserError =>
	changedMeanwhile(instance, `cres.yaml does not name contract ${id} for ${instance} any more`);
