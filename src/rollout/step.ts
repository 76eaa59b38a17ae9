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
	| { kind: "reach"; buildId: string }
	/** Destroys contracts that a rollout rented which was cut off before they became the instance's place. */
	| { kind: "reap"; contracts: number[] }
	/** Ends a change of contracts that was cut off after cres.yaml had been written; `old` is destroyed where it is still there. */
	| { kind: "finish"; contract: number; old: number | null }
	/** Rents another contract, from this offer or the next one. */
	| { kind: "rent"; gpu: string | null; diskGb: number; dph: number }
	/** cres.yaml and the endpoint on record name the new contract from here on. */
	| { kind: "take-over" }
	/** Destroys the old contract, where it is still there, and gives its label to the new one. */
	| { kind: "retire"; contract: number | null; label: string };

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
		case "reap":
			return `destroy contract ${step.contracts.join(", ")}, which a rollout that was cut off has left`;
		case "finish":
			return `${step.old === null ? "" : `destroy contract ${step.old} and `}label contract ${step.contract} as the instance's`;
		case "rent":
			return `rent another contract: ${step.gpu ?? "no GPU"}, ${step.diskGb} GB of disk, ${step.dph.toFixed(3)} USD/h`;
		case "take-over":
			return "name the new contract in cres.yaml";
		case "retire":
			return step.contract === null
				? `label the new contract ${step.label}`
				: `destroy contract ${step.contract} and label the new one ${step.label}`;
	}
}
