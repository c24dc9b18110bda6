package io.headgate.recovery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What waits for the journal: under write-ahead, attempts whose start is not written yet; and
 * whoever asked when a task's admission is. The dispatcher's thread, but for {@link #ask}. Bounded
 * by what is in flight, and by who asks.
 */
public final class Outbox<A> {
  private static final String CLOSED =
      "the Headgate was closed before the journal had this task: whether it is recovered is not"
          + " known; look into the journal";
  private static final String LOST =
      "the journal cannot be written, and is to go on without: a crash may lose this task";

  private record Start<A>(A attempt, long record) {}

  private record Asked(long taskId, CompletableFuture<Void> answer) {}

  private record Promise(long record, CompletableFuture<Void> answer) {}

  private final RecoveryRecorder journal;
  private final Consumer<A> launcher;
  private final Predicate<A> isStopped;
  private final Consumer<Runnable> helpers;
  private final Deque<Start<A>> starts = new ArrayDeque<>();
  private final Deque<Promise> promises = new ArrayDeque<>();
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();

  /**
   * Empty.
   *
   * @param launcher takes an attempt that may begin
   * @param isStopped whether an attempt was told to stop; its call is not made any more
   * @param helpers tell who asked
   */
  public Outbox(
      RecoveryRecorder journal,
      Consumer<A> launcher,
      Predicate<A> isStopped,
      Consumer<Runnable> helpers) {
    this.journal = journal;
    this.launcher = launcher;
    this.isStopped = isStopped;
    this.helpers = helpers;
  }

  /** Starts the attempt as soon as what was written so far is durable. */
  public void offer(A attempt) {
    long record = journal.written();
    journal.want(record);
    starts.add(new Start<>(attempt, record));
  }

  /** Completes the answer when the admission of that task is durable. Any thread. */
  public void ask(long taskId, CompletableFuture<Void> answer) {
    asked.add(new Asked(taskId, answer));
  }

  /**
   * Lets go what need not wait any more. One that was told to stop is let go too: its call is not
   * made.
   *
   * @param applied the number of the last task whose admission the engine may know
   * @return whether an attempt was handed to the launcher
   */
  public boolean flush(long applied) {
    if (starts.isEmpty() && promises.isEmpty() && asked.isEmpty()) {
      return false;
    }
    long durable = journal.durable();
    boolean started = false;
    // Stopped ones may stand behind others that wait; those are few, at most what is in flight.
    for (Iterator<Start<A>> each = starts.iterator(); each.hasNext(); ) {
      Start<A> start = each.next();
      if (start.record <= durable || isStopped.test(start.attempt)) {
        launcher.accept(start.attempt);
        each.remove();
        started = true;
      }
    }
    for (Asked first = asked.peek();
        first != null && first.taskId <= applied;
        first = asked.peek()) {
      asked.remove();
      journal.want(journal.written());
      promises.add(new Promise(journal.written(), first.answer));
    }
    for (Promise first = promises.peek(); first != null; first = promises.peek()) {
      if (first.record > durable) {
        break;
      }
      promises.remove();
      answer(first);
    }
    return started;
  }

  private void answer(Promise promise) {
    CompletableFuture<Void> answer = promise.answer;
    if (journal.hasLost(promise.record)) {
      helpers.accept(() -> fail(answer, LOST));
    } else {
      helpers.accept(() -> answer.complete(null));
    }
  }

  /** Whether something is here that could go. Before the dispatcher sleeps. */
  public boolean hasNews() {
    Start<A> start = starts.peek();
    Promise promise = promises.peek();
    if (start == null && promise == null) {
      return !asked.isEmpty();
    }
    long durable = journal.durable();
    return !asked.isEmpty()
        || (start != null && start.record <= durable)
        || (promise != null && promise.record <= durable);
  }

  /** Nobody is told any more: who still waits hears why. */
  public void close() {
    long durable = journal.durable();
    for (Promise each : promises) {
      if (each.record > durable) {
        fail(each.answer, CLOSED);
      } else if (journal.hasLost(each.record)) {
        fail(each.answer, LOST);
      } else {
        each.answer.complete(null);
      }
    }
    promises.clear();
    closeAsked();
  }

  /** Who has asked, or asks, when nobody looks any more, hears why too. Any thread. */
  public void closeAsked() {
    boolean all = journal.durable() >= journal.written();
    for (Asked next = asked.poll(); next != null; next = asked.poll()) {
      if (!all) {
        fail(next.answer, CLOSED);
      } else if (journal.hasLost(journal.written())) {
        fail(next.answer, LOST);
      } else {
        next.answer.complete(null);
      }
    }
  }

  private static void fail(CompletableFuture<Void> answer, String why) {
    answer.completeExceptionally(new IllegalStateException(why));
  }
}
