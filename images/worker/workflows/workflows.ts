/** All workflows that a worker registers, under their exported names. */
export { BatchProcessingWorkflow } from "./batch-processing.ts";
export { QueryDispatcherWorkflow } from "./query-dispatcher.ts";
export { ReprocessVideoWorkflow } from "./reprocess-video.ts";
export { VideoProcessingWorkflow } from "./video-processing.ts";
