package io.headgate.simulation;

import io.headgate.ArgumentsDigest;
import io.headgate.ArgumentsNormaliser;
import io.headgate.Estimate;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Task;
import io.headgate.admission.Gates;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import io.headgate.simulation.Arrivals.Bursts;
import io.headgate.simulation.Arrivals.ClosedLoop;
import io.headgate.simulation.Arrivals.Poisson;
import io.headgate.simulation.Arrivals.Surge;
import io.headgate.simulation.Arrivals.Trace;
import io.headgate.simulation.Arrivals.TracedCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Lets jobs arrive and do what their model says, each on an actor of its own. */
final class LoadDriver {
  private static final double SECOND_NS = 1e9;
  private static final long HAMMER_NS = 20_000;
  private static final int MAX_LOOPS = 200;
  private static final long LEAST_DEADLINE_NS = 1_000_000;

  private final Flight flight;
  private final Load load;
  private final SplittableRandom random;
  private final @Nullable Calm calm;
  private long made;

  LoadDriver(Flight flight, Load load, long seed) {
    this(flight, load, seed, null);
  }

  /**
   * @param calm who is told of its jobs, since all of them must be done
   */
  LoadDriver(Flight flight, Load load, long seed, @Nullable Calm calm) {
    this.flight = flight;
    this.calm = calm;
    this.load = load;
    this.random = new SplittableRandom(seed);
  }

  /** Begins when the load does. */
  void start() {
    World world = flight.world;
    long fromNs = Math.max(0, load.from().toNanos() - world.agenda.nowNs());
    switch (load.arrivals()) {
      case ClosedLoop(int clients, var think) -> {
        for (int client = 0; client < clients; client++) {
          SplittableRandom own = random.split();
          long firstNs = (long) Draw.exponential(own, (double) think.toNanos());
          world.startIn(fromNs + firstNs, () -> loop((double) think.toNanos(), own));
        }
      }
      case Trace(List<TracedCall> calls) -> world.startIn(fromNs, () -> replay(calls));
      case Poisson(double perSecond) -> world.startIn(fromNs, () -> arrive(perSecond, 1, 0, 0));
      case Surge(double perSecond, double factor, var from, var to) ->
          world.startIn(fromNs, () -> arrive(perSecond, factor, from.toNanos(), to.toNanos()));
      case Bursts(int size, var every) -> world.startIn(fromNs, () -> burst(size, every.toNanos()));
    }
  }

  private boolean lasts() {
    return flight.world.agenda.nowNs() < load.to().toNanos();
  }

  private Actor self() {
    Actor actor = Actor.current();
    if (actor == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    return actor;
  }

  private void loop(double thinkNs, SplittableRandom own) throws Actor.Interrupted {
    while (lasts()) {
      new Client(own.split(), null).run();
      self().sleep(1 + (long) Draw.exponential(own, thinkNs));
    }
  }

  private void arrive(double perSecond, double factor, long surgeFromNs, long surgeToNs)
      throws Actor.Interrupted {
    long startNs = flight.world.agenda.nowNs();
    while (true) {
      long sinceNs = flight.world.agenda.nowNs() - startNs;
      boolean surges = sinceNs >= surgeFromNs && sinceNs < surgeToNs;
      double rate = surges ? perSecond * factor : perSecond;
      long gapNs =
          rate <= 0
              ? surgeToNs - sinceNs
              : 1 + (long) Math.min(1e15, Draw.exponential(random, SECOND_NS / rate));
      // A gap of before the surge ends where it begins: the process has no memory.
      if (!surges && sinceNs < surgeFromNs && sinceNs + gapNs > surgeFromNs) {
        self().sleep(surgeFromNs - sinceNs);
        continue;
      }
      if (surges && sinceNs + gapNs > surgeToNs) {
        self().sleep(Math.max(1, surgeToNs - sinceNs));
        continue;
      }
      self().sleep(gapNs);
      if (!lasts()) {
        return;
      }
      begin(null);
    }
  }

  private void burst(int size, long everyNs) throws Actor.Interrupted {
    while (lasts()) {
      for (int i = 0; i < size; i++) {
        begin(null);
      }
      self().sleep(everyNs);
    }
  }

  private void replay(List<TracedCall> calls) throws Actor.Interrupted {
    long startNs = flight.world.agenda.nowNs();
    for (TracedCall call : calls) {
      long waitNs = startNs + call.at().toNanos() - flight.world.agenda.nowNs();
      if (waitNs > 0) {
        self().sleep(waitNs);
      }
      if (!lasts()) {
        return;
      }
      begin(call);
    }
  }

  private void begin(@Nullable TracedCall traced) {
    var client = new Client(random.split(), traced);
    flight.world.start(client::run);
  }

  /** One job and who waits for it. */
  private final class Client {
    private final SplittableRandom random;
    private final @Nullable TracedCall traced;
    private final JobModel model = load.job();
    private final long number;
    private @Nullable VirtualTask latest;
    private @Nullable VirtualTask previous;
    private final boolean circles;
    private long callsMade;

    /** It was told that its budget ends, and asked for its last answer. */
    private boolean wrapsUp;

    /** Its latest call was refused as a repetition. */
    private boolean repeats;

    Client(SplittableRandom random, @Nullable TracedCall traced) {
      this(random, traced, made++);
    }

    /** One that asks on behalf of another's job. */
    Client(SplittableRandom random, @Nullable TracedCall traced, long number) {
      this.random = random;
      this.traced = traced;
      this.number = number;
      JobModel.Arguments arguments = model.arguments();
      this.circles = arguments.distinct() > 0 && Draw.happens(random, arguments.circles());
    }

    // As Task.arguments digests a text, which is written in another way each time.
    private long arguments(TargetGate target) {
      long arguments = arguments();
      ArgumentsNormaliser normaliser = target.settings().loopGuard().normaliser();
      if (arguments == Task.NO_ARGUMENTS || normaliser.equals(ArgumentsNormaliser.NONE)) {
        return arguments;
      }
      String text = random.nextBoolean() ? "Look  up " : "look UP ";
      return ArgumentsDigest.of(normaliser.normalise(text + arguments));
    }

    private long arguments() {
      JobModel.Arguments arguments = model.arguments();
      if (arguments.distinct() == 0) {
        return Task.NO_ARGUMENTS;
      }
      return circles
          ? 1 + callsMade++ % arguments.period()
          : 1 + random.nextInt(arguments.distinct());
    }

    void run() throws Actor.Interrupted {
      flight.jobArrived();
      if (calm != null) {
        calm.arrived();
      }
      VirtualJob job = open(null);
      if (job == null) {
        flight.jobRefused();
        return;
      }
      job.inCalm = calm != null;
      VirtualJob spends = job;
      if (strikes(flight.scenario.operator().splits())) {
        VirtualJob sub = open(job);
        spends = sub == null ? job : sub;
      }
      if (strikes(flight.scenario.operator().earlyCloses())) {
        closeEarly(job);
      }
      boolean good = work(spends);
      if (spends != job) {
        flight.headgate.closeJob(spends);
      }
      // A closed job may still have a moment to go: it counts if its work is done in time.
      boolean answered = good && flight.world.nanoTime() <= job.deadlineNs();
      boolean inTime = answered && !wrapsUp;
      flight.jobOver(job, inTime, answered && wrapsUp);
      if (calm != null && inTime) {
        calm.jobDone();
      }
      flight.headgate.closeJob(job);
    }

    private boolean strikes(int share) {
      return share > 0 && flight.world.faultsLast() && random.nextInt(1_000) < share;
    }

    private void closeEarly(VirtualJob job) {
      long inNs = random.nextLong(1 + model.settings().deadline().toNanos() / 4);
      flight.world.startIn(
          inNs,
          () -> {
            if (!job.isClosed()) {
              flight.world.hit(FaultPoint.JOB_CLOSED_EARLY);
              flight.headgate.closeJob(job);
            }
          });
    }

    private @Nullable VirtualJob open(@Nullable VirtualJob parent) throws Actor.Interrupted {
      for (int attempt = 0; ; attempt++) {
        Object answer = flight.headgate.openJob(model.settings(), parent);
        if (answer instanceof VirtualJob job) {
          job.openedNs = flight.world.agenda.nowNs();
          job.agent = flight.agentOf(load, number).id();
          flight.jobOpened(job);
          return job;
        }
        Refused<?> refused = (Refused<?>) answer;
        flight.tally.refusals[refused.reason().ordinal()]++;
        if (parent != null || !refused.reason().retryable() || attempt >= retries()) {
          return null;
        }
        backOff(refused.retryAfter().toNanos());
      }
    }

    private int retries() {
      return model.manners().retries();
    }

    private void backOff(long askedNs) throws Actor.Interrupted {
      long pauseNs = model.manners().pause().toNanos();
      long baseNs = model.manners().hammers() ? HAMMER_NS : Math.max(pauseNs, askedNs);
      long jitterNs = model.manners().punctual() ? 0 : random.nextLong(1 + baseNs / 2);
      self().sleep(baseNs + jitterNs);
    }

    private long thinkNs() {
      Duration think = model.calls().think();
      return think.equals(JobModel.Calls.AT_ONCE)
          ? think.toNanos()
          : 1 + (long) Draw.exponential(random, (double) think.toNanos());
    }

    private boolean work(VirtualJob job) throws Actor.Interrupted {
      JobModel.Calls calls = model.calls();
      int number = calls.min() + random.nextInt(calls.max() - calls.min() + 1);
      boolean good = true;
      boolean strays = false;
      job.wanted = number;
      job.priority = calls.priority();
      if (calls.parallel()) {
        return workAtOnce(job, number);
      }
      for (int i = 0; i < number && good && !wrapsUp; i++) {
        int again = Draw.happens(random, model.children().loops()) ? MAX_LOOPS : 1;
        for (int loop = 0; loop < again && good && !wrapsUp; loop++) {
          good = calls.apart() ? callApart(job) : callUntilGood(job);
          if (repeats && model.arguments().goesOn()) {
            strays = true;
            good = true;
          }
          self().sleep(thinkNs());
        }
      }
      return good && !strays;
    }

    // Each on an actor of its own, as on threads: so they race for what the job has left.
    private boolean workAtOnce(VirtualJob job, int number) throws Actor.Interrupted {
      Actor waiter = self();
      int[] ended = new int[1];
      int[] good = new int[1];
      for (int i = 0; i < number; i++) {
        flight.world.start(
            () -> {
              if (callUntilGood(job)) {
                good[0]++;
              }
              ended[0]++;
              waiter.wake(waiter.pauseNumber());
            });
      }
      while (ended[0] < number) {
        waiter.pause();
      }
      return good[0] == number;
    }

    // A host that knows no jobs: each call stands for itself, and the client alone knows how much
    // time is left.
    private boolean callApart(VirtualJob whole) throws Actor.Interrupted {
      long leftNs = whole.deadlineNs() - flight.world.nanoTime();
      if (leftNs < LEAST_DEADLINE_NS) {
        return false;
      }
      Object opened =
          flight.headgate.openJob(whole.settings.deadline(Duration.ofNanos(leftNs)), null);
      if (!(opened instanceof VirtualJob part)) {
        return false;
      }
      part.partOf = whole;
      boolean good = callUntilGood(part);
      flight.headgate.closeJob(part);
      return good;
    }

    private boolean callUntilGood(VirtualJob job) throws Actor.Interrupted {
      flight.tally.calls++;
      for (int attempt = 0; ; attempt++) {
        VirtualTask task = submit(job);
        if (task == null) {
          return false;
        }
        if (await(task)) {
          return true;
        }
        CallFailed failure = task.failure;
        boolean failed = task.ending == Ending.FAILED && failure != null;
        boolean timedOut = task.ending == Ending.TIMED_OUT_TIMEOUT && model.manners().anyway();
        if ((!failed && !timedOut) || attempt >= retries()) {
          return false;
        }
        backOff(failure == null ? 0 : failure.retryAfterNs());
      }
    }

    private @Nullable VirtualTask submit(VirtualJob job) throws Actor.Interrupted {
      var ask = ask(model.children().depth());
      if (!flight.mayCall.test(job)) {
        return null;
      }
      for (int attempt = 0; ; attempt++) {
        VirtualHeadgate.Answer answer = flight.submit(job, ask.ask, ask.call);
        VirtualTask task = answer.task();
        Refused<?> refused = answer.refused();
        repeats = refused != null && refused.reason() == Refusal.LOOP;
        if (task != null) {
          previous = latest;
          latest = task;
          return task;
        }
        if (refused != null && Gates.isBudget(refused) && job.settings.wrapUpPercent() > 0) {
          wrapsUp = true;
          return flight.submit(job, ask.ask.wrapUp(), ask.call).task();
        }
        if (refused == null || !refused.reason().retryable() || attempt >= retries()) {
          return null;
        }
        backOff(refused.retryAfter().toNanos());
      }
    }

    private boolean await(VirtualTask task) throws Actor.Interrupted {
      long patienceNs = model.manners().patience().toNanos();
      if (!task.await(patienceNs)) {
        flight.world.hit(
            task.attempt == null ? FaultPoint.CANCEL_WHILE_WAITING : FaultPoint.CANCEL_AS_IT_ENDS);
        flight.headgate.cancel(task);
        task.await();
      }
      return task.ending == Ending.COMPLETED;
    }

    private record Prepared(VirtualHeadgate.Ask ask, VirtualCall call) {}

    private Prepared ask(int depth) {
      Flight.Place place = flight.place(load, number, depth, random);
      Demand demand = demand();
      boolean parent =
          depth > 0
              && model.children().fanOut() > 0
              && Draw.happens(random, model.children().share());
      SplittableRandom own = random.split();
      VirtualCall call =
          attempt -> {
            place.call(attempt, demand);
            flight.tally.callsAnswered++;
            if (place.cutsShort(attempt, demand)) {
              flight.tally.answersCutShort++;
            }
            if (parent) {
              callChildren(attempt, depth - 1, own);
            }
            VirtualTask sibling = latest == attempt.task() ? previous : latest;
            if (sibling != null
                && sibling != attempt.task()
                && Draw.happens(own, model.children().siblings())) {
              attempt.join(sibling, Long.MAX_VALUE);
            }
          };
      long ttlNs = model.calls().ttl().toNanos();
      return new Prepared(
          new VirtualHeadgate.Ask(
              place.agent(),
              place.target(),
              demand,
              model.calls().priority(),
              ttlNs,
              arguments(place.target()),
              !Draw.happens(own, model.firm()),
              false,
              Draw.happens(own, model.idempotent())),
          call);
    }

    private void callChildren(VirtualAttempt attempt, int depth, SplittableRandom own)
        throws Actor.Interrupted, CallFailed {
      List<VirtualTask> children = new ArrayList<>();
      var nested = new Client(own, null, number);
      for (int i = 0; i < model.children().fanOut(); i++) {
        Prepared prepared = nested.ask(depth);
        flight.tally.calls++;
        VirtualTask child = flight.submitChild(attempt, prepared.ask, prepared.call);
        if (child != null) {
          children.add(child);
        }
      }
      for (VirtualTask child : children) {
        attempt.join(child, own.nextInt(8) == 0 ? attempt.remainingNs() / 4 : Long.MAX_VALUE);
      }
      for (VirtualTask child : children) {
        if (child.ending == Ending.FAILED && own.nextBoolean()) {
          throw new CallFailed(CallFailed.Kind.BAD_ANSWER, 0);
        }
      }
    }

    private Demand demand() {
      TracedCall traced = this.traced;
      if (traced != null) {
        return new Demand(
            Estimate.of(traced.inputTokens(), traced.outputTokens()),
            traced.inputTokens(),
            traced.outputTokens());
      }
      JobModel.Tokens tokens = model.tokens();
      long input = draw(tokens.input(), tokens.sigma());
      long output = draw(tokens.output(), tokens.sigma());
      Estimate estimate =
          tokens.known()
              ? Estimate.of(input, 2 * output).atLeast(output / 4)
              : Estimate.ofInput(input);
      return new Demand(estimate, input, output);
    }

    private long draw(long median, double sigma) {
      return (long) Math.min(1e8, Draw.logNormal(random, (double) median, sigma));
    }
  }
}
