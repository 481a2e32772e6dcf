/** Define tasks, trigger them, wait for them, look at their runs. Runs in Node, Deno, Bun, browsers and Workers. */
export { task, type TaskOptions } from "./lib/task.ts";
export { schemaTask, type SchemaTaskOptions } from "./lib/schema-task.ts";
export {
  queue,
  type Concurrency,
  type Queue,
  type QueueBounds,
  type QueueOptions,
  type RateLimit,
  type TaskQueue,
} from "./lib/queue.ts";
export {
  webhook,
  type WebhookEndpointContext,
  type WebhookEventParameters,
  type WebhookFilterParameters,
  type WebhookOptions,
  type WebhookTaskPayload,
} from "./lib/webhook.ts";
export { queues } from "./lib/queues.ts";
export type { NumberedPage, NumberedPromise } from "./lib/numbered-list.ts";
export type { QueueReference } from "./lib/queue-reference.ts";
export type { QueueObject } from "./lib/queue-wire.ts";
export { schedules } from "./lib/schedules.ts";
export type { ScheduleOptions, ScheduleUpdate } from "./lib/schedule-door.ts";
export type { CronOption, ScheduledTaskPayload, ScheduleTaskOptions } from "./lib/schedule-task.ts";
export type { CatchUp, Overlap, ScheduleObject } from "./lib/schedule-wire.ts";
export { tasks } from "./lib/tasks.ts";
export { batch } from "./lib/batch.ts";
export { runs, type RetrievedRun } from "./lib/runs.ts";
export { step } from "./lib/step.ts";
export { wait, type WaitDuration, type WaitUntil } from "./lib/wait.ts";
export type { WaitKey } from "./lib/shared-time.ts";
export type {
  CreatedToken,
  RetrievedToken,
  TokenOptions,
  TokenPromise,
  TokenReference,
  TokenResult,
} from "./lib/token.ts";
export type { TokenListFilter, TokenListPage, TokenListPromise } from "./lib/token-list.ts";
export { retry, type ThrowAttempt } from "./lib/retry.ts";
export { locals, type LocalsKey } from "./lib/locals.ts";
export { metadata } from "./lib/metadata.ts";
export type { Metadata } from "./lib/metadata-operation.ts";
export type { MetadataWriter } from "./lib/metadata-writer.ts";
export { tags } from "./lib/tags.ts";
export { logger, type LogFields } from "./lib/logger.ts";
export { idempotencyKeys, type IdempotencyKeyOptions } from "./lib/idempotency-keys.ts";
export type { IdempotencyKey, IdempotencyScope } from "./lib/hash-key.ts";
export { configure, type ClientConfiguration } from "./lib/configure.ts";
export {
  AbortTaskRunError,
  CompleteTaskWithOutput,
  OutOfMemoryError,
  NonDeterministicError,
  OutputTooLargeError,
  OutsideTaskError,
  RunCanceledError,
  RunletApiError,
  RunletError,
  SubtaskUnwrapError,
  TaskPayloadParsedError,
} from "./lib/errors.ts";
export type { BackoffStrategy, FetchRetryOptions, HeadersStrategy } from "./lib/fetch-strategy.ts";
export type { ResetFormat } from "./lib/reset-time.ts";
export type { RetryFetchInit } from "./lib/retry-fetch.ts";
export type { RetryOptions, RunParameters } from "./lib/definition.ts";
export type {
  CatchErrorAnswer,
  CompletionResult,
  Hook,
  HookExtras,
  HookName,
  HookParameters,
  TaskHooks,
} from "./lib/hooks.ts";
export type { RunEvent, RunTrace, TraceSpan } from "./lib/event-wire.ts";
export type { LogEntry } from "./lib/log-page.ts";
export type { TaskContext } from "./lib/pass-context.ts";
export type { PollOptions } from "./lib/poll.ts";
export type { ReplayOverrides } from "./lib/replay-overrides.ts";
export type { RunFilter, RunListFilter, RunListPage, RunListPromise } from "./lib/run-list.ts";
export type { BulkCancelOptions, BulkPollOptions, BulkReference, BulkReplayOptions } from "./lib/bulk.ts";
export type { ListPage, ListPromise } from "./lib/list-page.ts";
export type { TaskRunPromise } from "./lib/run-promise.ts";
export type { RunReference } from "./lib/run-reference.ts";
export type { StandardSchemaV1 } from "./lib/standard-schema.ts";
export type { BatchTriggerOptions, TriggerOptions } from "./lib/trigger-options.ts";
export type { BatchObject, BulkActionObject, RunItem, RunStatus, TokenItem, TokenStatus } from "./lib/wire.ts";
export type { BatchResult, TaskRunResult } from "./lib/task-result.ts";
export type { TaskWait } from "./lib/task-wait.ts";
export type {
  AnyTask,
  BatchByTaskResult,
  BatchHandle,
  BatchItem,
  BatchItemById,
  BatchItemByTask,
  BatchItems,
  RunHandle,
  Task,
  TaskOutput,
  TaskPayload,
  TaskRunHandle,
} from "./lib/task-types.ts";
export { webhooks } from "./lib/webhooks.ts";
export type { ReceivedWebhook, WebhookWaitOptions } from "./lib/webhook-wait.ts";
export type { DeliveryListFilter, DeliveryReference } from "./lib/webhook-deliveries.ts";
export type { DeliveryItem, DeliveryObject, EndpointItem, EndpointObject } from "./lib/webhook-wire.ts";
export type { WebhookEndpoint, WebhookEndpointOptions, WebhookEventOf } from "./lib/webhook-endpoint.ts";
export type {
  SecretReference,
  WebhookFault,
  WebhookRequest,
  WebhookSource,
  WebhookVerdict,
} from "./lib/webhook-source.ts";
export type { CustomSourceOptions } from "./lib/webhook-sources/custom.ts";
export type { DiscordEvent } from "./lib/webhook-sources/discord.ts";
export type { GitHubEvent } from "./lib/webhook-sources/github.ts";
export type { GitLabEvent } from "./lib/webhook-sources/gitlab.ts";
export type { LinearEvent } from "./lib/webhook-sources/linear.ts";
export type { ShopifyEvent } from "./lib/webhook-sources/shopify.ts";
export type { SlackEvent } from "./lib/webhook-sources/slack.ts";
export type { SourceOptions, TimedSourceOptions } from "./lib/webhook-sources/source-options.ts";
export type { SquareEvent, SquareSourceOptions } from "./lib/webhook-sources/square.ts";
export type { StandardWebhookEvent } from "./lib/webhook-sources/standard-webhooks.ts";
export type { StripeEvent } from "./lib/webhook-sources/stripe.ts";
export type { TwilioEvent, TwilioSourceOptions } from "./lib/webhook-sources/twilio.ts";
