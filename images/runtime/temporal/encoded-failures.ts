import { DefaultFailureConverter } from "@temporalio/common";

/** Puts message and stack of a failure into a payload, which is encrypted like any other. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
