import { join } from "node:path";

/** Where records and logs of the control plane lie, below a state directory. */
export const controlFolder = (state: string): string => join(state, "control");

/** The lock of whoever starts or stops the control plane. */
export const controlLock = (state: string): string => join(controlFolder(state), "lock");
