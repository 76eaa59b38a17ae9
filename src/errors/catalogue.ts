import { apiErrors } from "./catalogue/api.ts";
import { attestErrors } from "./catalogue/attest.ts";
import { backendErrors } from "./catalogue/backend.ts";
import { checkErrors } from "./catalogue/checks.ts";
import { cliErrors } from "./catalogue/cli.ts";
import { configErrors } from "./catalogue/config.ts";
import { controlErrors } from "./catalogue/control.ts";
import { endpointErrors } from "./catalogue/endpoint.ts";
import { generalErrors } from "./catalogue/general.ts";
import { gitHubErrors } from "./catalogue/github.ts";
import { imageErrors } from "./catalogue/image.ts";
import { instanceErrors } from "./catalogue/instances.ts";
import { sshErrors } from "./catalogue/instances-ssh.ts";
import { contractErrors } from "./catalogue/instances-vast.ts";
import { logErrors } from "./catalogue/logs.ts";
import { modelErrors } from "./catalogue/models.ts";
import { perimeterErrors } from "./catalogue/perimeter.ts";
import { planErrors } from "./catalogue/plan.ts";
import { promotionErrors } from "./catalogue/promotion.ts";
import { pruneErrors } from "./catalogue/prune.ts";
import { registryErrors } from "./catalogue/registry.ts";
import { rehearsalErrors } from "./catalogue/rehearsal.ts";
import { rolloutErrors } from "./catalogue/rollout.ts";
import { selfTestErrors } from "./catalogue/self-test.ts";
import { serviceErrors } from "./catalogue/services.ts";
import { smokeErrors } from "./catalogue/smoke.ts";
import { stateErrors } from "./catalogue/state.ts";
import { storeErrors } from "./catalogue/store.ts";
import { systemErrors } from "./catalogue/system.ts";
import { temporalErrors } from "./catalogue/temporal.ts";
import { toolErrors } from "./catalogue/tools.ts";
import { vastErrors } from "./catalogue/vast.ts";

/** Every error that cres raises on purpose, by its code. Codes are stable: scripts read them. */
export const CATALOGUE = {
	...apiErrors,
	...attestErrors,
	...backendErrors,
	...checkErrors,
	...cliErrors,
	...configErrors,
	...controlErrors,
	...endpointErrors,
	...generalErrors,
	...gitHubErrors,
	...imageErrors,
	...instanceErrors,
	...sshErrors,
	...contractErrors,
	...logErrors,
	...modelErrors,
	...perimeterErrors,
	...planErrors,
	...promotionErrors,
	...pruneErrors,
	...registryErrors,
	...rehearsalErrors,
	...rolloutErrors,
	...selfTestErrors,
	...serviceErrors,
	...smokeErrors,
	...stateErrors,
	...storeErrors,
	...systemErrors,
	...temporalErrors,
	...toolErrors,
	...vastErrors,
} as const;

export type ErrorCode = keyof typeof CATALOGUE;
