package io.headgate.runtime;

import io.headgate.Admission;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.Outcome;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Remaining;
import io.headgate.Spending;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.admission.Changes;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobLimits;
import io.headgate.admission.JobRates;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A job with a place: its account and the way in. */
final class LiveJob extends JobAccount implements Job {
  private static final long MIN_PAUSE_NS = 100_000;
  private static final long MAX_PAUSE_NS = 100_000_000;

  private static final VarHandle ENGINE_KNOWS;
  private static final VarHandle LOOPS_WAIT;

  static {
    try {
      var lookup = MethodHandles.lookup();
      ENGINE_KNOWS = lookup.findVarHandle(LiveJob.class, "engineKnowsClosed", boolean.class);
      LOOPS_WAIT = lookup.findVarHandle(LiveJob.class, "loopsWait", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final LiveHeadgate runtime;
  private final String id;
  private final @Nullable JobSettings asked;
  private final boolean named;
  private volatile boolean engineKnowsClosed;
  private volatile @Nullable Spending spentInAll;

  // Whether its loops are about to be written down, and how many of them are.
  private volatile boolean loopsWait;
  private volatile int writtenLoops;

  private @Nullable Map<String, OperatorWord> words;

  LiveJob(
      LiveHeadgate runtime,
      String id,
      boolean named,
      @Nullable JobSettings asked,
      JobSettings settings,
      int index,
      @Nullable LiveJob parent,
      long deadlineNs) {
    super(id.hashCode(), index, parent, deadlineNs, settings);
    this.runtime = runtime;
    this.id = id;
    this.named = named;
    this.asked = asked;
  }

  /** The last word that changed this of it; null if there was none. On the dispatcher's thread. */
  @Nullable OperatorWord lastWord(String verb) {
    return words == null ? null : words.get(verb);
  }

  /** An operator changed something of it. On the dispatcher's thread. */
  void said(OperatorWord word) {
    if (words == null) {
      words = new HashMap<>();
    }
    words.put(word.verb(), word);
  }

  LiveHeadgate runtime() {
    return runtime;
  }

  RuntimeClock clock() {
    return runtime.clock();
  }

  /** Whether its id was given by the user, so that it must not come back with a fresh budget. */
  boolean isNamed() {
    return named;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String name() {
    return id;
  }

  /**
   * What it was asked for with, before it took from its parent what that left open; null if nobody
   * knows any more.
   */
  @Nullable JobSettings asked() {
    return asked;
  }

  // Also with what an operator has moved.
  @Override
  public JobSettings settings() {
    JobSettings now =
        limits().in(first()).tokenBudget(tokenBudget()).moneyBudgetNanos(moneyBudget());
    JobRates rates = ownRates();
    return rates == null
        ? now
        : now.tokensPerMinute(rates.tokensPerMinute()).microsPerMinute(rates.microsPerMinute());
  }

  // One after the other, so that no change is lost.
  @Override
  public synchronized void reconfigure(UnaryOperator<JobSettings> change) {
    JobSettings before = settings();
    JobSettings changed = Changes.apply("job", change, before);
    JobLimits limits = JobLimits.of(changed);
    checkRest(before, changed);
    if (parent() != null) {
      Jobs.checkSubJob(changed);
    }
    boolean done =
        runtime.ask(
            (engine, stampNs) -> {
              boolean isChanged = tryChangeLimits(limits);
              if (isChanged) {
                JobSettings now = settings();
                engine.jobReconfigured(stampNs, this, now);
                runtime.observer().jobReconfigured(this, now);
                // Less may be kept back than before.
                runtime.funding().fund(engine, stampNs, this);
              }
              return isChanged;
            });
    if (!done) {
      throw new IllegalStateException("job " + id + " is closed; open another one");
    }
    StateEvents.RegistrationEvent.emit("job", id, "reconfigured");
    if (isLoopedOut()) {
      close();
    }
  }

  // Of what is changed otherwise, or not at all.
  private void checkRest(JobSettings is, JobSettings to) {
    checkSame("tokenBudget", is.tokenBudget(), to.tokenBudget(), "operator().tokenBudget");
    checkSame(
        "moneyBudgetNanos", is.moneyBudgetNanos(), to.moneyBudgetNanos(), "operator().moneyBudget");
    checkSame(
        "tokensPerMinute",
        is.tokensPerMinute(),
        to.tokensPerMinute(),
        "operator().tokensPerMinute");
    checkSame(
        "microsPerMinute", is.microsPerMinute(), to.microsPerMinute(), "operator().moneyPerMinute");
    checkSame("deadline", is.deadline(), to.deadline(), null);
    checkSame("maxTasks", is.maxTasks(), to.maxTasks(), null);
  }

  private void checkSame(String what, Object is, Object to, @Nullable String word) {
    if (!is.equals(to)) {
      throw new IllegalArgumentException(
          String.format(
              "job %s's %s is %s, and reconfigure cannot make it %s; %s",
              id,
              what,
              worded(is),
              worded(to),
              word == null ? "choose it when the job is opened" : "use " + word));
    }
  }

  private static Object worded(Object value) {
    return value.equals(JobSettings.UNLIMITED) ? "unlimited" : value;
  }

  @Override
  public boolean isOpen() {
    return !isClosed();
  }

  @Override
  public long remainingTokens() {
    return tokenBudget() == JobSettings.UNLIMITED ? JobSettings.UNLIMITED : tokensLeft();
  }

  @Override
  public long remainingMoneyNanos() {
    return moneyLeft();
  }

  @Override
  public Spending spending() {
    Spending inAll = spentInAll;
    return inAll != null
        ? inAll
        : runtime.ask(
            (engine, stampNs) -> {
              engine.advance(stampNs); // what was spent in the last minute is that of now
              Spending live = engine.spendingOf(this);
              return live != null ? live : Objects.requireNonNullElse(spentInAll, Spending.NONE);
            });
  }

  /** Whether it was refused repetitions of which nobody has been told: says so once. */
  boolean wantsLoopsWritten() {
    return loops() > writtenLoops && LOOPS_WAIT.compareAndSet(this, false, true);
  }

  /** Those that it was refused by now; of later ones it says so again. By the dispatcher. */
  int takeLoops() {
    loopsWait = false; // before they are counted
    int loops = loops();
    writtenLoops = loops;
    return loops;
  }

  /** Whether nothing of it is left. */
  boolean isRetired() {
    return spentInAll != null;
  }

  /** Nothing of it is left. On the dispatcher's thread. */
  void retired(Spending spent) {
    spentInAll = spent;
  }

  @Override
  public Remaining left() {
    // Each amount is read once, so that what is kept is a part of what is left.
    long tokens = remainingTokens();
    long moneyNanos = remainingMoneyNanos();
    return new Remaining(
        tokens,
        tokens - notKeptTokens(tokens),
        moneyNanos,
        moneyNanos - notKeptMoney(moneyNanos),
        remaining());
  }

  @Override
  public Duration remaining() {
    return Duration.ofNanos(remainingNs(clock().nanoTime()));
  }

  @Override
  public <T extends @Nullable Object> Admission<T> submit(Task<T> task) {
    return runtime.submit(this, task, null);
  }

  @Override
  public <T extends @Nullable Object> Admission<T> submit(Task<T> task, Duration maxWait)
      throws InterruptedException {
    Objects.requireNonNull(maxWait, "maxWait is null; use Duration.ZERO not to wait");
    long start = clock().nanoTime();
    long maxNs = TaskHandle.toNanos(maxWait);
    while (true) {
      Admission<T> admission = submit(task);
      if (!(admission instanceof Refused<T>(Refusal reason, Duration retryAfter))
          || !reason.retryable()) {
        return admission;
      }
      long left = maxNs - (clock().nanoTime() - start);
      if (left <= 0) {
        return admission;
      }
      // Looks again before the whole retry-after is over: a place may free early.
      long pause = Math.clamp(retryAfter.toNanos(), MIN_PAUSE_NS, MAX_PAUSE_NS);
      LockSupport.parkNanos(this, Math.min(pause, left));
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  @Override
  public String explain(Task<?> task, Refused<?> refused) {
    return runtime.explain(this, task, refused);
  }

  @Override
  public String explainCancelled(Task<?> task, Outcome.Cancellation cause) {
    return runtime.explain(this, task, cause);
  }

  @Override
  public Job split(String id, UnaryOperator<JobSettings> settings) {
    return runtime.jobs().split(this, id, settings);
  }

  @Override
  public ExecutorService executor(Agent agent, Target target) {
    return runtime.executor(this, agent, target);
  }

  @Override
  public void close() {
    closeAccount();
    tellEngineClosed();
  }

  /** Publishes, once, that it is closed. An account closes by overspending, too. */
  void tellEngineClosed() {
    if (ENGINE_KNOWS.compareAndSet(this, false, true)) {
      runtime.ring().publish(Input.Kind.JOB_CLOSED, this);
    }
  }

  /** The engine closed it. On the dispatcher's thread. */
  void closedByEngine() {
    engineKnowsClosed = true;
    closeAccount();
  }

  @Override
  public String toString() {
    return "Job[" + id + (isOpen() ? "]" : ", closed]");
  }
}
