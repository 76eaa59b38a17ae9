import { makeFakeWorld } from "../support/fake-world.ts";
import { describeRollouts } from "../support/rollouts/describe.ts";

describeRollouts("on instances that are lists of containers", () => makeFakeWorld(), [
	"deploys",
	"refusals",
	"records",
]);
