package io.headgate.runtime;

import io.headgate.Admission;
import io.headgate.Attempt;
import io.headgate.CallClass;
import io.headgate.CallEnd;
import io.headgate.Job;
import io.headgate.Price;
import io.headgate.ProviderQuota;
import io.headgate.RetryPolicy;
import io.headgate.Task;
import io.headgate.admission.Caller;
import io.headgate.admission.Enlargement;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.CallUse;
import io.headgate.engine.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One run of a call, on its own virtual thread: makes sure it may still begin, runs it, settles
 * what it used, and publishes its end. The dispatcher makes it and asks to stop it.
 */
final class LiveAttempt<T extends @Nullable Object> extends Caller implements Attempt, Runnable {
  private static final ScopedValue<LiveAttempt<?>> CURRENT = ScopedValue.newInstance();
  private static final long MAX_TOKENS = 1_000_000_000L;
  // Should the dispatcher die, a lender notices by itself.
  private static final long LOST_CHECK_NS = 1_000_000_000L;
  private static final long INTERRUPT_CHECK_NS = 1_000_000L;

  private final TaskHandle<T> task;
  private final LiveHeadgate runtime;
  private final int number;
  private final long startedNs;
  private final long deadlineNs;
  private final @Nullable Trial trial;
  private final int rung;
  private final Price price;
  private volatile @Nullable Thread thread;
  private volatile boolean stopped;
  private volatile boolean interrupted;
  private volatile int resumedJoin;
  private int joins;

  // Guards the books below: a call may charge from threads of its own. The dispatcher takes it too,
  // so it is one that no user can hold.
  private final Object books = new Object();
  private boolean over;
  private boolean cutOff;
  private boolean usageKnown;
  private long usedInput;
  private long usedOutput;
  private long charged;
  private @Nullable ProviderQuota quota;
  private final Enlargement extra = new Enlargement();
  private @Nullable List<AutoCloseable> closeables;

  // What was registered when it was stopped, whether the call ends before it is closed or not: a
  // thread of a client may still hang in it. The dispatcher's.
  private List<AutoCloseable> toClose = List.of();

  // Written by the attempt's thread before its end is published, read by the dispatcher after that.
  @Nullable T value;
  int answeredRung;
  @Nullable Throwable failure;
  private @Nullable AttemptReport report;

  // The dispatcher's.
  private boolean isOver;

  // Its own thread's: a child of it was tried again, or might have been, and failed.
  private boolean failedBelow;

  LiveAttempt(
      TaskHandle<T> task,
      LiveHeadgate runtime,
      int number,
      long startedNs,
      long deadlineNs,
      @Nullable Trial trial) {
    super(task.depth());
    this.task = task;
    this.runtime = runtime;
    this.number = number;
    this.startedNs = startedNs;
    this.deadlineNs = deadlineNs;
    this.trial = trial;
    this.rung = task.rung();
    this.price = task.targetGate().priceAt(rung);
  }

  /** The attempt whose call this very thread runs, not one that it was forked from. */
  static @Nullable LiveAttempt<?> ofThisThread() {
    LiveAttempt<?> attempt = CURRENT.isBound() ? CURRENT.get() : null;
    return attempt != null && attempt.thread == Thread.currentThread() ? attempt : null;
  }

  TaskHandle<T> task() {
    return task;
  }

  // One that was called off, or a thread of its own that outlives it, is no part of it.
  @Override
  public @Nullable Trial trial() {
    if (trial == null) {
      return null;
    }
    synchronized (books) {
      return over || stopped ? null : trial;
    }
  }

  long startedNs() {
    return startedNs;
  }

  boolean sharesRuntimeWith(TaskHandle<?> other) {
    return other.job().runtime() == runtime;
  }

  String threadName() {
    return "headgate-"
        + task.agentGate().id()
        + "-"
        + task.targetGate().id()
        + "-"
        + task.original().id();
  }

  // ---- the run

  @Override
  public void run() {
    thread = Thread.currentThread();
    AttemptEnd how = lastLook();
    if (how == AttemptEnd.RETURNED) {
      how = call();
    }
    settle(how);
  }

  /** There was no thread for it: it ends as failed, unrun. */
  void failToStart(Throwable cause) {
    failure = cause;
    usage(0, 0);
    settle(AttemptEnd.THREW);
  }

  // Between the engine's decision and this thread's first instruction much may have happened.
  private AttemptEnd lastLook() {
    long now = runtime.clock().nanoTime();
    if (stopped || task.isCancelled()) {
      return AttemptEnd.NOT_STARTED_CANCELLED;
    }
    if (now > task.startByNs()) {
      return AttemptEnd.NOT_STARTED_TTL;
    }
    // The job's clock may have stood still at the start, and gone on since.
    return now >= Math.min(deadlineNs, task.account().deadlineNs())
        ? AttemptEnd.NOT_STARTED_DEADLINE
        : AttemptEnd.RETURNED;
  }

  private AttemptEnd call() {
    AttemptEvent event = new AttemptEvent();
    event.begin();
    AttemptEnd how;
    answeredRung = rung;
    try {
      value = ScopedValue.where(CURRENT, this).call(() -> task.call().run(this));
      how = AttemptEnd.RETURNED;
    } catch (Throwable t) { // whatever the user's code throws is its answer
      failure = t;
      how = AttemptEnd.THREW;
    }
    event.commit(task.original(), number, how);
    return how;
  }

  // What failed below has been tried again there, or was not to be: it says nothing of this target,
  // and is not tried again here.
  private CallEnd classify(AttemptEnd how) {
    if (!how.started()) {
      return CallEnd.of(CallClass.CANCELLED);
    }
    if (stopped) {
      return CallEnd.of(
          runtime.clock().nanoTime() >= deadlineNs ? CallClass.TIMED_OUT : CallClass.CANCELLED);
    }
    CallEnd end;
    try {
      end =
          Objects.requireNonNull(
              task.targetGate()
                  .settings()
                  .classifier()
                  .classify(
                      how == AttemptEnd.RETURNED ? value : null,
                      how == AttemptEnd.RETURNED ? null : failure),
              "the classifier answered null; use CallEnd.OK");
    } catch (Throwable t) { // user code
      runtime.errors().ofUser("a classifier", t);
      end = CallEnd.of(CallClass.FATAL);
    }
    return failedBelow && end.callClass() != CallClass.OK ? CallEnd.of(CallClass.CANCELLED) : end;
  }

  private void settle(AttemptEnd how) {
    long tokens;
    long moneyNanos;
    AttemptEnd end;
    CallUse use;
    @Nullable ProviderQuota said;
    CallEnd callEnd = classify(how);
    synchronized (books) {
      over = true;
      closeables = null;
      if (!how.started()) {
        tokens = 0;
        moneyNanos = 0;
      } else if (usageKnown) {
        tokens = usedInput + usedOutput;
        moneyNanos = extra.costNanos(usedInput, usedOutput, task, price);
      } else if (charged > 0) {
        tokens = task.inputTokens() + charged;
        moneyNanos = extra.costNanos(task.inputTokens(), charged, task, price);
      } else if (!callEnd.sent() || task.targetGate().settings().degradation().isStatic(rung)) {
        tokens = 0;
        moneyNanos = 0;
      } else {
        // Closing a connection may not stop the bill: what is not known counts as used, at the
        // price of the rung that was called, which may be less than what was reserved for.
        tokens = task.tokens();
        moneyNanos = extra.costNanos(task.inputTokens(), task.outputTokens(), task, price);
      }
      use = use(how.started());
      said = quota;
      end = cutOff && how.started() ? AttemptEnd.CUT_OFF : how;
    }
    // No longer in the books' way: once it is over, nothing changes them.
    long now = runtime.clock().nanoTime();
    boolean overspent =
        runtime.gates().settle(task, extra.tokens(), extra.moneyNanos(), tokens, moneyNanos, now);
    TakenAgain again =
        end == AttemptEnd.CUT_OFF ? TakenAgain.NOTHING : tryTakeAgain(callEnd.callClass(), now);
    if (how.started() && task.targetGate().settings().writer()) {
      runtime.gates().wrote(task.original(), callEnd.callClass());
    }
    report =
        new AttemptReport(
            end,
            callEnd.callClass(),
            callEnd.retryAfter().toNanos(),
            again,
            tokens,
            moneyNanos,
            overspent,
            use,
            said == null ? callEnd.quota() : said);
    runtime.ring().publish(Input.Kind.ATTEMPT_ENDED, this);
  }

  private CallUse use(boolean started) {
    return started
        ? CallUse.of(task.tokens() + extra.tokens(), usageKnown, usedOutput, charged)
        : CallUse.NONE;
  }

  private TakenAgain tryTakeAgain(CallClass callClass, long now) {
    if (task.original() != task) {
      return TakenAgain.NOTHING; // its task may be tried again, when the first attempt ends
    }
    RetryPolicy policy = task.targetGate().settings().retry();
    boolean retried = policy.maxAttempts() > 1 && policy.retried().contains(callClass);
    if (retried || failedBelow) {
      task.setTriedBelow();
    }
    boolean falls =
        task.isDegradable() && task.targetGate().settings().degradation().falls(callClass, rung);
    boolean retries = retried && policy.allows(callClass, number);
    return (retries || falls) && !task.isCancelled() && !task.account().isClosed()
        ? runtime.gates().tryTakeAgain(task, retries, falls, rung, now)
        : TakenAgain.NOTHING;
  }

  /** Tells the engine what the attempt's thread said at its end. On the dispatcher's thread. */
  void endedAt(Engine engine, long stampNs) {
    engine.advance(stampNs); // what was due before it, its own deadline too, finds it running
    isOver = true;
    engine.attemptEnded(stampNs, task, Objects.requireNonNull(report));
  }

  /** Whether the engine was told of its end: nothing more comes of it. The dispatcher's. */
  boolean isOver() {
    return isOver;
  }

  // ---- stopping, on the dispatcher's thread and a helper's

  /** Whether it was told to stop: its call is not made any more. */
  boolean isStopped() {
    return stopped;
  }

  /**
   * Marks it as to be stopped.
   *
   * @return whether its thread may have begun, so that {@link #interrupt} is due
   */
  boolean stop() {
    synchronized (books) {
      stopped = true;
      if (closeables != null) {
        toClose = closeables;
        closeables = null;
      }
    }
    return thread != null;
  }

  /**
   * Interrupts the thread. On a helper's thread, since closing an interrupted channel may block.
   */
  void interrupt() {
    Thread thread = this.thread;
    if (thread != null) {
      thread.interrupt();
      interrupted = true;
    }
  }

  /** What is to be closed, in the order of registration. On the dispatcher's thread, once. */
  List<AutoCloseable> toClose() {
    return toClose;
  }

  // ---- joining

  /** Waits for another task's end with the permits lent, then takes them again. */
  void lendWhile(TaskHandle<?> other, long nanos) throws InterruptedException {
    int join = ++joins;
    runtime.ring().joinBegan(task, join, other);
    long start = runtime.clock().nanoTime();
    boolean wasInterrupted = false;
    boolean abandoned = false;
    while (resumedJoin != join) {
      long left = LOST_CHECK_NS;
      if (!abandoned && nanos != Long.MAX_VALUE) {
        left = Math.min(left, nanos - (runtime.clock().nanoTime() - start));
      }
      if (left > 0) {
        LockSupport.parkNanos(this, left);
      }
      wasInterrupted |= Thread.interrupted();
      if (!abandoned && (wasInterrupted || left <= 0)) {
        abandoned = true;
        runtime.ring().joinAbandoned(task, join);
      }
      if (runtime.isTerminated()) {
        throw new InterruptedException("this Headgate is closed");
      }
    }
    if (!wasInterrupted && !abandoned && !other.isDone()) {
      // Resumed since its own task has ended: the interrupt is on its way, and meant for this join.
      awaitInterrupt();
      wasInterrupted = true;
    }
    if (wasInterrupted) {
      throw new InterruptedException();
    }
  }

  /** It has another task's outcome, or gave up waiting for it. On its own thread. */
  void joined(TaskHandle<?> other) {
    failedBelow |= other.wasTriedBelow();
  }

  private void awaitInterrupt() {
    while (!interrupted && !runtime.isTerminated()) {
      LockSupport.parkNanos(this, INTERRUPT_CHECK_NS);
      var _ = Thread.interrupted();
    }
    var _ = Thread.interrupted();
  }

  /**
   * Lets {@link #lendWhile} return. On the dispatcher's thread.
   *
   * @return the thread to unpark
   */
  @Nullable Thread resume(int join) {
    resumedJoin = join;
    return thread;
  }

  // ---- what the call sees

  @Override
  public int number() {
    return number;
  }

  @Override
  public int rung() {
    return rung;
  }

  @Override
  public long taskId() {
    return task.original().taskId();
  }

  @Override
  public String idempotencyKey() {
    return task.original().idempotencyKey();
  }

  @Override
  public Job job() {
    return task.job();
  }

  @Override
  public Instant deadline() {
    return runtime.clock().instant(deadlineNs);
  }

  @Override
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadlineNs - runtime.clock().nanoTime()));
  }

  @Override
  public long maxOutputTokens() {
    return task.outputTokens();
  }

  @Override
  public boolean charge(long tokens) {
    checkTokens("charge", tokens);
    synchronized (books) {
      if (over || cutOff) {
        return false;
      }
      long held = task.outputTokens() + extra.tokens();
      long missing = charged + tokens - held;
      if (missing > 0) {
        long taken = extra.by(missing, task, price, runtime.gates());
        cutOff = taken < missing;
        held += taken;
      }
      charged = Math.min(held, charged + tokens);
      return !cutOff;
    }
  }

  @Override
  public void usage(long inputTokens, long outputTokens) {
    checkTokens("usage of input", inputTokens);
    checkTokens("usage of output", outputTokens);
    synchronized (books) {
      usageKnown = true;
      usedInput = inputTokens;
      usedOutput = outputTokens;
    }
  }

  @Override
  public void quota(ProviderQuota quota) {
    Objects.requireNonNull(quota, "quota is null; use ProviderQuota.NONE when nothing was said");
    synchronized (books) {
      this.quota = quota;
    }
  }

  private static void checkTokens(String what, long tokens) {
    if (tokens < 0 || tokens > MAX_TOKENS) {
      throw new IllegalArgumentException(
          what
              + " is "
              + tokens
              + " tokens, but must be from 0 to "
              + MAX_TOKENS
              + "; check the provider's figure");
    }
  }

  @Override
  public void onCancel(AutoCloseable closeable) {
    Objects.requireNonNull(closeable, "closeable is null; give what is to be closed");
    synchronized (books) {
      if (!stopped) {
        if (over) {
          return;
        }
        if (closeables == null) {
          closeables = new ArrayList<>(2);
        }
        closeables.add(closeable);
        return;
      }
    }
    runtime.helpers().close(closeable);
  }

  @Override
  public <U extends @Nullable Object> Admission<U> submit(Task<U> child) {
    return runtime.submit(task.job(), child, this);
  }
}
