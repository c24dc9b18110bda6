package io.headgate;

/** Why a submission was refused; {@link #advice()} says what to do about it. */
public enum Refusal {
  /** This Headgate is shutting down or closed. */
  CLOSED(false, "shut down: submit to another host"),
  /** Overloaded for tasks of this priority. */
  LEVEL(true, "overloaded for this priority: come back after retryAfter, or shed the work"),
  /** An operator has paused everything, or lets it run empty. */
  PAUSED(true, "an operator has paused everything: come back after retryAfter"),
  /** The target takes no calls just now. */
  TARGET_UNAVAILABLE(true, "the target takes no calls now: use another target, or come back later"),
  /** This agent's calls of the target fail too often; others may call it. */
  AGENT_CUT_OFF(
      true, "this agent's calls of the target fail too often: change what it asks for, or wait"),
  /** Too many calls of this target ignored their deadline and still run. */
  TARGET_OVERRUN(
      true, "calls of this target ignore their interrupt: mend the tool, see Attempt.onCancel"),
  /** The target was removed. */
  TARGET_REMOVED(false, "the target was removed: register it again with headgate.target(id)"),
  /** The agent is paused. */
  AGENT_PAUSED(true, "the agent is paused: wait until somebody resumes it"),
  /** The agent was removed. */
  AGENT_REMOVED(false, "the agent was removed: register it again with headgate.agent(id)"),
  /** The job is closed, or spent beyond its budget, or its id was used before. */
  JOB_CLOSED(false, "the job is closed: open a new job under a new id"),
  /** There is no place for another job. */
  JOBS_FULL(true, "too many jobs are open: finish or close some, or raise maxJobs"),
  /** The job has as many live tasks as its settings allow. */
  JOB_TASKS_FULL(true, "the job has maxTasks tasks alive: wait for one of them, or raise maxTasks"),
  /** The job's deadline is over. */
  DEADLINE_PASSED(false, "the job's deadline has passed: open a new job"),
  /** At the present pace the task could not start within its TTL or its job's deadline. */
  WOULD_EXPIRE(true, "could not start in time: come back after retryAfter, or give it more time"),
  /** Calls that call calls are nested as deep as the job allows. */
  DEPTH(false, "the job's calls nest maxDepth deep: answer here, without another call"),
  /** The calling attempt has submitted as many tasks as the job allows. */
  FAN_OUT(false, "this call has made maxFanOut calls: work with what they answered"),
  /** The job has made as many calls as its settings allow. */
  JOB_CALLS(false, "the job has made maxCalls calls: wrap up with what there is"),
  /** The job has made as many calls of the target as the target's settings allow. */
  TARGET_CALLS(false, "the job has made maxCallsPerJob calls of this target: do without it"),
  /** The same call, or the same cycle of calls, came too often in this job. */
  LOOP(false, "it leads nowhere new: change the arguments, try something else, or wrap up"),
  /** The agent has as many waiting tasks as its settings allow. */
  AGENT_WAITING_ROOM_FULL(true, "the agent has maxWaiting tasks waiting: slow it down"),
  /** The waiting room is full, or the part of it that new jobs may use. */
  WAITING_ROOM_FULL(true, "the waiting room is full: come back after retryAfter, or shed the work"),
  /** The agent's tokens per minute are used up. */
  AGENT_RATE(true, "the agent's tokensPerMinute are used up: come back after retryAfter"),
  /** The tokens per minute of all agents together are used up. */
  GLOBAL_RATE(true, "the tokensPerMinute of all agents are used up: come back after retryAfter"),
  /** The estimate is larger than a full bucket: it can never be admitted. */
  EXCEEDS_BURST(false, "the estimate exceeds the bucket's burst: lower it, or raise burstTokens"),
  /** The agent's money per minute is used up. */
  AGENT_MONEY_RATE(true, "the agent's moneyPerMinute is used up: come back after retryAfter"),
  /** The money per minute of all agents together is used up. */
  GLOBAL_MONEY_RATE(
      true, "the moneyPerMinute of all agents is used up: come back after retryAfter"),
  /** What the agent may spend in all does not cover the tokens of the estimate. */
  AGENT_TOKEN_LIMIT(
      false, "the agent's tokens in all do not cover it: use a smaller estimate, or wrap up"),
  /** What the agent may spend in all does not cover the money of the estimate. */
  AGENT_MONEY_LIMIT(
      false, "the agent's money in all does not cover it: use a cheaper target, or wrap up"),
  /** What all agents together may spend does not cover the tokens of the estimate. */
  GLOBAL_TOKEN_LIMIT(
      false, "the tokens of all agents do not cover it: wait until somebody raises the limit"),
  /** What all agents together may spend does not cover the money of the estimate. */
  GLOBAL_MONEY_LIMIT(
      false, "the money of all agents does not cover it: wait until somebody raises the limit"),
  /** The job's tokens do not cover the estimate. */
  TOKEN_BUDGET(
      false, "the job's token budget does not cover it: use a smaller estimate, or wrap up"),
  /** The job's money does not cover the estimate. */
  MONEY_BUDGET(false, "the job's money budget does not cover it: use a cheaper target, or wrap up"),
  /** The ring between submitters and dispatcher has no slot to spare. */
  RING_FULL(true, "the dispatcher is behind: come back after retryAfter"),
  /** The job's tokens per minute, or those of a job that it is a part of, are used up. */
  JOB_RATE(true, "the job's tokensPerMinute are used up: come back after retryAfter"),
  /** The job's money per minute, or that of a job that it is a part of, is used up. */
  JOB_MONEY_RATE(true, "the job's moneyPerMinute is used up: come back after retryAfter"),
  /** The journal's disk is slow or full: nothing is let in that could not be written down. */
  JOURNAL_BEHIND(true, "the journal's disk is behind: come back after retryAfter, or free space"),
  /** The journal is to recover every task, and could not recover this one. */
  NOT_RECOVERABLE(
      false, "a crash would lose it: use a Handler that keeps its arguments, or task.ephemeral()");

  private final boolean retryable;
  private final String advice;

  Refusal(boolean retryable, String advice) {
    this.retryable = retryable;
    this.advice = advice;
  }

  /** Whether the same submission may be admitted later. */
  public boolean retryable() {
    return retryable;
  }

  /** What to do about it, in one line that may be shown to a person or handed to a model. */
  public String advice() {
    return advice;
  }
}
