package io.headgate.runtime;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Handler;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Recovery.RecoveredTask;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.Earlier;
import io.headgate.recovery.Fates;
import io.headgate.recovery.Past;
import io.headgate.recovery.Past.PastTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Submits what a crash left unfinished once more, and writes down what became of each. On the
 * thread of whoever asks first.
 */
final class Recoverer {
  /** How long all that waits for room is waited for. */
  private static final long PATIENCE_NS = 30_000_000_000L;

  private final LiveHeadgate runtime;
  private final Past past;
  private final @Nullable JournalSink journal;
  private final HandledCalls handlers;
  private final List<RecoveredTask> tasks = new ArrayList<>();
  private @Nullable Recovery done;

  Recoverer(LiveHeadgate runtime, Past past, @Nullable JournalSink journal, HandledCalls handlers) {
    this.runtime = runtime;
    this.past = past;
    this.journal = journal;
    this.handlers = handlers;
  }

  synchronized Recovery recover() {
    if (done == null) {
      long untilNs = runtime.clock().nanoTime() + PATIENCE_NS;
      // What is done stays done, should somebody's code throw, or this be closed.
      while (tasks.size() < past.tasks().size()) {
        tasks.add(recover(past.tasks().get(tasks.size()), runtime.epochNs(), untilNs));
      }
      boolean isWhole = tasks.stream().noneMatch(task -> task.fate() == Fate.POSTPONED);
      if (journal != null && !past.isNothing() && isWhole) {
        runtime.command((engine, stampNs) -> journal.recoveryEnded(stampNs));
      }
      runtime.jobs().forgetReopened();
      done = new Recovery(past.jobs().size(), tasks);
    }
    return done;
  }

  private RecoveredTask recover(PastTask task, long epochNs, long untilNs) {
    Handler<?, ?> handler = handlers.find(task.handler());
    LiveJob job = runtime.jobs().findReopened(task.job());
    Fate fate = Fates.beforehand(task, handler, job, isUnknown(task), epochNs);
    if (fate != null || job == null) {
      return ended(task, fate == null ? Fate.LOST : fate);
    }
    Admission<?> admission = trySubmit(task, job, Fates.mustAsk(task, handler), epochNs, untilNs);
    Admitted<?> handle = admission instanceof Admitted<?> admitted ? admitted : null;
    Refusal refusal = admission instanceof Refused<?> refused ? refused.reason() : null;
    fate = Fates.afterwards(task, handler, handle != null, refusal);
    return handle == null ? ended(task, fate) : of(task, fate, Optional.of(handle));
  }

  private boolean isUnknown(PastTask task) {
    return runtime.findAgent(task.agent()) == null || runtime.findTarget(task.target()) == null;
  }

  private @Nullable Admission<?> trySubmit(
      PastTask task, LiveJob job, boolean mustAsk, long epochNs, long untilNs) {
    try {
      Admission<?> admission = submit(task, job, mustAsk, epochNs, untilNs);
      if (admission instanceof Refused<?> refused && refused.reason() == Refusal.CLOSED) {
        runtime.checkOpen(); // the next Headgate takes it
      }
      return admission;
    } catch (IllegalArgumentException e) { // what it asks for is no longer allowed
      runtime.errors().ofUser("recovery of a task of handler " + task.handler(), e);
      return null;
    }
  }

  private @Nullable Admission<?> submit(
      PastTask task, LiveJob job, boolean mustAsk, long epochNs, long untilNs) {
    Agent agent = runtime.findAgent(task.agent());
    Target target = runtime.findTarget(task.target());
    Earlier earlier = Fates.earlier(task, mustAsk, runtime.clock()::ofEpochNs);
    RecoveredCall<?> call = handlers.call(task, mustAsk, earlier, runtime.errors());
    if (agent == null || target == null || call == null) {
      return null;
    }
    long ttlNanos = task.startByNs() == Long.MAX_VALUE ? Task.NO_TTL : task.startByNs() - epochNs;
    return submit(
        job,
        new Task<>(
            agent,
            target,
            task.estimate(),
            call,
            task.priority(),
            ttlNanos,
            task.arguments(),
            task.isDegradable(),
            task.wrapsUp(),
            task.isIdempotent()),
        untilNs);
  }

  // What is in the way may be but a moment's: so many at once find the ring or the journal behind.
  private Admission<?> submit(LiveJob job, Task<?> task, long untilNs) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          long left = Math.max(0, untilNs - runtime.clock().nanoTime());
          return job.submit(task, Duration.ofNanos(left));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // What takes its place says so by itself.
  private RecoveredTask ended(PastTask task, Fate fate) {
    if (journal != null && fate != Fate.POSTPONED) {
      runtime.command((engine, stampNs) -> journal.recovered(stampNs, task, fate));
    }
    return of(task, fate, Optional.empty());
  }

  private static RecoveredTask of(PastTask task, Fate fate, Optional<Admitted<?>> handle) {
    return new RecoveredTask(
        task.job(), task.agent(), task.target(), Optional.ofNullable(task.handler()), fate, handle);
  }
}
