/** One step of a rollout, of whatever driver. */
export type Step =
	| { kind: "pull"; digest: string }
	| { kind: "start"; digest: string }
	| { kind: "await-pollers" }
	| { kind: "watch" }
	/** Lets the old workers finish and stops them, but keeps what is needed to bring them back. */
	| { kind: "drain"; names: string[] }
	| { kind: "remove"; names: string[] }
	| { kind: "prune" }
	/** Tells the platform what the contract shall run from the next recycle on. */
	| { kind: "stage"; image: string }
	/** Destroys the container and has it made anew from what is staged. */
	| { kind: "recycle"; contract: number }
	/** Waits until the platform was seen to have made another container. */
	| { kind: "await-container" }
	/** Finds the new endpoint, takes up the new host key and looks for the build id inside. */
	| { kind: "reach"; buildId: string };

export interface StepTime {
	kind: Step["kind"] | "revert";
	/** Milliseconds. */
	ms: number;
}

/** One line for people. */
export function describeStep(step: Step): string {
	switch (step.kind) {
		case "pull":
			return `pull ${step.digest.slice(0, 19)}`;
		case "start":
			return `start a container of ${step.digest.slice(0, 19)}`;
		case "await-pollers":
			return "wait until the new build polls every expected queue";
		case "watch":
			return "watch the new container for restarts";
		case "drain":
			return `drain and stop ${step.names.join(", ")}`;
		case "remove":
			return `remove ${step.names.join(", ")}`;
		case "prune":
			return "prune images beyond those retained";
		case "stage":
			return `stage ${step.image}`;
		case "recycle":
			return `recycle contract ${step.contract}`;
		case "await-container":
			return "wait until the platform has made the new container";
		case "reach":
			return `find the new endpoint and build ${step.buildId} behind it`;
	}
}
