package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.Price;
import io.headgate.ProviderQuota;
import io.headgate.RetryPolicy;
import io.headgate.admission.Caller;
import io.headgate.admission.Enlargement;
import io.headgate.admission.TakenAgain;
import io.headgate.admission.Trial;
import io.headgate.engine.AttemptEnd;
import io.headgate.engine.AttemptReport;
import io.headgate.engine.CallUse;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of a call in virtual time: the last look before it, the call, the settlement, and the
 * publication of its end, as the runtime's attempt does them on its thread.
 */
final class VirtualAttempt extends Caller {
  private final VirtualHeadgate headgate;
  private final World world;
  private final VirtualTask task;
  private final int number;
  private final long deadlineNs;
  private final @Nullable Trial trial;
  private final int rung;
  private final Price price;
  private @Nullable Actor actor;
  private long launchNs;
  private boolean begun;
  private boolean stopped;
  private boolean stopAsked;
  private int joins;

  /** The referee's. */
  int childrenSeen;

  private int resumedJoin;
  private boolean over;
  private boolean cutOff;
  private boolean usageKnown;
  private ProviderQuota quota = ProviderQuota.NONE;
  private long usedInput;
  private long usedOutput;
  private long charged;
  private final Enlargement extra = new Enlargement();
  private boolean failedBelow;
  private @Nullable CallFailed failure;
  private @Nullable AttemptReport report;

  VirtualAttempt(
      VirtualHeadgate headgate,
      VirtualTask task,
      int number,
      long deadlineNs,
      @Nullable Trial trial) {

    super(task.depth());
    this.headgate = headgate;
    this.world = headgate.world;
    this.task = task;
    this.number = number;
    this.deadlineNs = deadlineNs;
    this.trial = trial;
    this.rung = task.rung();
    this.price = task.targetGate().priceAt(rung);
  }

  @Override
  public @Nullable Trial trial() {
    return handsOn() ? trial : null;
  }

  boolean handsOn() {
    return !over && !stopped;
  }

  /** How long its thread takes to begin, once it may. */
  void launchesIn(long ns) {
    launchNs = ns;
  }

  void launch() {
    actor = world.startIn(launchNs, this::run);
  }

  /** Whether it was told to stop: its call is not made any more. */
  boolean isStopped() {
    return stopped;
  }

  private Actor actor() {
    Actor actor = this.actor;
    if (actor == null) {
      throw new IllegalStateException("not launched");
    }
    return actor;
  }

  // ---- the run, on its own actor

  private void run() {
    begun = true;
    AttemptEnd how = lastLook();
    if (how == AttemptEnd.RETURNED) {
      headgate.witness().calling(task, world.nanoTime());
      how = call();
    }
    if (world.strikes(world.faults.lateEndShare())) {
      world.hit(FaultPoint.LATE_END);
      actor().sleepThroughInterrupts(world.upTo(world.faults.maxLateEndNs()));
    }
    settle(how);
  }

  private AttemptEnd lastLook() {
    long now = world.nanoTime();
    if (stopped || task.isCancelled()) {
      return AttemptEnd.NOT_STARTED_CANCELLED;
    }
    if (now > task.startByNs()) {
      return AttemptEnd.NOT_STARTED_TTL;
    }
    // The job's clock may have stood still at the start, and gone on since.
    return now >= Math.min(deadlineNs, task.job().deadlineNs())
        ? AttemptEnd.NOT_STARTED_DEADLINE
        : AttemptEnd.RETURNED;
  }

  private AttemptEnd call() {
    try {
      task.call.run(this);
      return AttemptEnd.RETURNED;
    } catch (CallFailed e) {
      failure = e;
      task.failure = e;
      return AttemptEnd.THREW;
    } catch (Actor.Interrupted e) {
      return AttemptEnd.THREW;
    }
  }

  private void settle(AttemptEnd how) {
    CallClass callClass = classify(how);
    over = true;
    long tokens = 0;
    long moneyNanos = 0;
    if (task.isDone()) {
      world.hit(FaultPoint.END_AFTER_TIMEOUT);
    }
    if (how.started() && usageKnown) {
      tokens = usedInput + usedOutput;
      moneyNanos = extra.costNanos(usedInput, usedOutput, task, price);
    } else if (how.started() && charged > 0) {
      tokens = task.inputTokens() + charged;
      moneyNanos = extra.costNanos(task.inputTokens(), charged, task, price);
    } else if (how.started() && !task.targetGate().settings().degradation().isStatic(rung)) {
      tokens = task.tokens();
      moneyNanos = extra.costNanos(task.inputTokens(), task.outputTokens(), task, price);
    }
    AttemptEnd end = cutOff && how.started() ? AttemptEnd.CUT_OFF : how;
    if (end == AttemptEnd.CUT_OFF) {
      world.hit(FaultPoint.CUT_OFF);
    }
    headgate.witness().settling(task, extra.tokens(), extra.moneyNanos(), tokens, moneyNanos);
    world.entered();
    boolean overspent =
        headgate.gates.settle(
            task, extra.tokens(), extra.moneyNanos(), tokens, moneyNanos, world.nanoTime());
    if (overspent) {
      world.hit(FaultPoint.OVERSPENT);
    }
    TakenAgain again = end == AttemptEnd.CUT_OFF ? TakenAgain.NOTHING : tryTakeAgain(callClass);
    if (again.isAny()) {
      headgate.witness().takenAgain(task, again);
    }
    if (how.started() && task.targetGate().settings().writer()) {
      headgate.gates.wrote(task.original(), callClass);
      headgate.witness().wrote(task.original(), callClass);
    }
    CallFailed failure = this.failure;
    report =
        new AttemptReport(
            end,
            callClass,
            failure == null ? 0 : failure.retryAfterNs(),
            again,
            tokens,
            moneyNanos,
            overspent,
            use(how.started()),
            quota);
    Input input = headgate.ring.claim(Input.Kind.ATTEMPT_ENDED);
    input.attempt = this;
    input.task = task;
    headgate.ring.publish(input);
    world.left();
  }

  private CallUse use(boolean started) {
    return started
        ? CallUse.of(task.tokens() + extra.tokens(), usageKnown, usedOutput, charged)
        : CallUse.NONE;
  }

  private CallClass classify(AttemptEnd how) {
    if (!how.started()) {
      return CallClass.CANCELLED;
    }
    if (stopped) {
      return world.nanoTime() >= deadlineNs ? CallClass.TIMED_OUT : CallClass.CANCELLED;
    }
    if (how != AttemptEnd.THREW) {
      return CallClass.OK;
    }
    CallFailed failure = this.failure;
    return failure == null || failedBelow ? CallClass.CANCELLED : failure.callClass();
  }

  private TakenAgain tryTakeAgain(CallClass callClass) {
    if (task.hedgeOf != null) {
      return TakenAgain.NOTHING;
    }
    RetryPolicy policy = task.targetGate().settings().retry();
    boolean retried = policy.maxAttempts() > 1 && policy.retried().contains(callClass);
    task.triedBelow |= retried || failedBelow;
    boolean falls =
        task.isDegradable() && task.targetGate().settings().degradation().falls(callClass, rung);
    boolean retries = retried && policy.allows(callClass, number);
    return (retries || falls) && !task.cancelled && !task.account().isClosed()
        ? headgate.gates.tryTakeAgain(task, retries, falls, rung, world.nanoTime())
        : TakenAgain.NOTHING;
  }

  // ---- on the agenda

  void endedAt(Engine engine, long stampNs) {
    engine.attemptEnded(stampNs, task, report());
  }

  /** Marks it as to be stopped; answers whether it has begun, so that an interrupt is due. */
  boolean stop() {
    stopped = true;
    return begun;
  }

  void interrupt() {
    stopAsked = true;
    if (!over) {
      actor().interrupt();
    }
  }

  @Nullable Actor resume(int join) {
    resumedJoin = join;
    return begun ? actor : null;
  }

  AttemptReport report() {
    AttemptReport report = this.report;
    if (report == null) {
      throw new IllegalStateException("not settled");
    }
    return report;
  }

  int number() {
    return number;
  }

  int rung() {
    return rung;
  }

  /** Whether it runs beside its task's first attempt. */
  boolean isBeside() {
    return task.hedgeOf != null;
  }

  // ---- what a call does, on its own actor

  World world() {
    return world;
  }

  VirtualTask task() {
    return task.original();
  }

  /** What it hands on to what it submits; a hedge its own, whatever its task's first attempt is. */
  List<CutoffBooks.Opening> openings() {
    return task.handsOn;
  }

  long remainingNs() {
    return Math.max(0, deadlineNs - world.nanoTime());
  }

  void sleep(long ns) throws Actor.Interrupted {
    actor().sleep(ns);
  }

  void sleepThroughInterrupts(long ns) {
    actor().sleepThroughInterrupts(ns);
  }

  /** Says what it really used. */
  void quota(ProviderQuota quota) {
    this.quota = quota;
  }

  void usage(long inputTokens, long outputTokens) {
    usageKnown = true;
    usedInput = inputTokens;
    usedOutput = outputTokens;
  }

  /** Charges output as it comes; answers whether the budget let it. */
  boolean charge(long tokens) {
    if (over || cutOff) {
      return false;
    }
    long held = task.outputTokens() + extra.tokens();
    long missing = charged + tokens - held;
    if (missing > 0) {
      long taken = enlarge(missing);
      cutOff = taken < missing;
      held += taken;
    }
    charged = Math.min(held, charged + tokens);
    return !cutOff;
  }

  private long enlarge(long missing) {
    world.entered();
    long heldTokens = extra.tokens();
    long heldMoney = extra.moneyNanos();
    long taken = extra.by(missing, task, price, headgate.gates);
    headgate.witness().enlarged(task, extra.tokens() - heldTokens, extra.moneyNanos() - heldMoney);
    world.left();
    return taken;
  }

  VirtualHeadgate.Answer submit(VirtualHeadgate.Ask ask, VirtualCall call) {
    return headgate.submit(task.job(), ask, this, call);
  }

  /** Waits for another task's end with the permits lent, at most so long. */
  void join(VirtualTask other, long ns) throws Actor.Interrupted {
    if (other.isDone()) {
      joined(other);
      return;
    }
    Actor actor = actor();
    int join = ++joins;
    Input input = headgate.ring.claim(Input.Kind.JOIN_BEGAN);
    input.task = task;
    input.other = other;
    input.join = join;
    headgate.ring.publish(input);
    world.hit(FaultPoint.SUSPENDED);
    long untilNs = ns == Long.MAX_VALUE ? Long.MAX_VALUE : world.nanoTime() + ns;
    Agenda.@Nullable Entry alarm =
        untilNs == Long.MAX_VALUE
            ? null
            : world.agenda.in(ns, () -> actor.wake(actor.pauseNumber()));
    boolean interrupted = false;
    boolean abandoned = false;
    while (resumedJoin != join) {
      actor.pauseThroughInterrupts();
      interrupted |= actor.clearInterrupt();
      if (!abandoned && resumedJoin != join && (interrupted || world.nanoTime() >= untilNs)) {
        abandoned = true;
        world.hit(FaultPoint.JOIN_GIVEN_UP);
        Input given = headgate.ring.claim(Input.Kind.JOIN_ABANDONED);
        given.task = task;
        given.join = join;
        headgate.ring.publish(given);
      }
    }
    if (alarm != null) {
      alarm.cancel();
    }
    if (!interrupted && !abandoned && !other.isDone()) {
      // Resumed since its own task has ended: the interrupt is on its way, and meant for this join.
      while (!stopAsked) {
        actor.pauseThroughInterrupts();
      }
      interrupted = true;
      actor.clearInterrupt();
    }
    if (interrupted) {
      throw new Actor.Interrupted();
    }
    joined(other);
  }

  private void joined(VirtualTask other) {
    failedBelow |= other.isDone() && other.triedBelow && other.ending != Ending.COMPLETED;
  }
}
