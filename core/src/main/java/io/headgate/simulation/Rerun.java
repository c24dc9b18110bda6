package io.headgate.simulation;

import io.headgate.CallClass;
import io.headgate.Estimate;
import io.headgate.JobSettings;
import io.headgate.ProviderQuota;
import io.headgate.Refused;
import io.headgate.Spending;
import io.headgate.engine.Ending;
import io.headgate.simulation.Night.Act;
import io.headgate.simulation.Night.Attempt;
import io.headgate.simulation.Night.Call;
import io.headgate.simulation.Night.End;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Flies a night's jobs again, through the real gates and the real engine in virtual time. Each does
 * what it did: its calls come when those before them have ended, its attempts take what they took
 * then. What nobody knows is drawn, by the seed, from what is on record near that time. Memory: the
 * night, and what is open at once. One thread; the same seed comes to the same figures.
 */
public final class Rerun {
  private static final long NEVER = Long.MAX_VALUE / 4;
  private static final long REST_NS = 1_000_000_000L;
  private static final long LEAST_PAUSE_NS = 1_000_000;

  private final Night night;
  private final Likenesses likenesses;

  /**
   * Of this night.
   *
   * @throws IllegalArgumentException if it says too little for what is to be drawn
   */
  public Rerun(Night night) {
    this.night = night;
    likenesses = new Likenesses(night);
  }

  /** Flies it. */
  public NightFigures fly(long seed) throws InterruptedException {
    return OnActor.run(() -> new Flown(seed).fly());
  }

  /** One flight. */
  private final class Flown implements Witness {
    final World world;
    final SplittableRandom random;
    final VirtualHeadgate headgate;
    final NightStage stage;
    final NightFigures figures = new NightFigures();
    private final Map<Integer, VirtualJob> open = new HashMap<>();
    private int toCome;

    Flown(long seed) {
      world = new World(seed, Faults.NONE);
      random = new SplittableRandom(seed);
      int room = VirtualRing.roomOf(night.settings());
      headgate = new VirtualHeadgate(world, night.settings(), room, this, 1);
      stage = new NightStage(headgate);
    }

    NightFigures fly() {
      try {
        for (Night.Word word : night.words()) {
          world.agenda.at(word.atNs(), () -> word.said().accept(stage));
        }
        List<Arrival> arrivals = arrivals();
        toCome = arrivals.size();
        world.start(() -> arrive(arrivals));
        while (toCome > 0 && world.agenda.step(NEVER)) {
          // until the last has gone
        }
        headgate.shutdown(REST_NS);
        while (!(headgate.isHalted() && headgate.engine.isIdle() && headgate.ring.isEmpty())
            && world.agenda.step(NEVER)) {
          // until nothing is left
        }
        return figures;
      } finally {
        world.end();
      }
    }

    /** Those of the record, and as many as were refused of which it knows nothing. */
    private List<Arrival> arrivals() {
      List<Arrival> all = new ArrayList<>();
      for (int i = 0; i < night.jobs().size(); i++) {
        Night.Job job = night.jobs().get(i);
        all.add(new Arrival(job.atNs(), i, job));
      }
      for (Night.Unseen unseen : night.unseen()) {
        for (long i = 0; i < unseen.times(); i++) {
          long atNs = unseen.fromNs() + random.nextLong(1 + unseen.toNs() - unseen.fromNs());
          all.add(new Arrival(atNs, -1, likenesses.job(atNs, random)));
        }
      }
      all.sort((a, b) -> Long.compare(a.atNs, b.atNs));
      return all;
    }

    private void arrive(List<Arrival> arrivals) throws Actor.Interrupted {
      for (Arrival arrival : arrivals) {
        sleepUntil(arrival.atNs);
        world.start(
            () -> {
              new Life(this, arrival).run();
              toCome--;
            });
      }
    }

    void sleepUntil(long atNs) throws Actor.Interrupted {
      long ns = atNs - world.agenda.nowNs();
      if (ns > 0) {
        self().sleep(ns);
      }
    }

    // ---- what is counted

    @Override
    public void refused(Rejection rejection) {
      figures.refused(1);
    }

    @Override
    public void started(VirtualTask task, int attempt, long nowNs, long deadlineNs) {
      figures.started();
    }

    @Override
    public void applying(Input input) {
      if (input.kind == Input.Kind.TASK_ADMITTED) {
        figures.admitted();
      } else if (input.attempt != null) {
        var report = input.attempt.report();
        figures.attemptEnded(report.callClass(), report.tokens(), report.moneyNanos());
      }
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      figures.ended(ending == Ending.COMPLETED, nowNs - task.admittedNs());
    }

    @Override
    public void jobRetired(VirtualJob job, Spending spent) {
      if (job.parentJob() == null) {
        figures.jobSpent(spent.tokensSpent());
      }
    }
  }

  /**
   * @param number of the job's record; -1 for one that has none
   */
  private record Arrival(long atNs, int number, Night.Job script) {}

  private static Actor self() {
    Actor actor = Actor.current();
    if (actor == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    return actor;
  }

  /** A script that is played, and how far. */
  private record Scene(Night.Job script, Map<Integer, Made> made) {
    Scene(Night.Job script) {
      this(script, new LinkedHashMap<>());
    }
  }

  /** One job and its client. */
  private final class Life {
    private final Flown flown;
    private final Arrival arrival;
    private final Actor client = self();
    private int endsSeen;
    private long lastEndNs;
    private boolean lastCompleted;
    private boolean brokeOff;
    private long givesUpNs = NEVER;

    Life(Flown flown, Arrival arrival) {
      this.flown = flown;
      this.arrival = arrival;
    }

    void run() throws Actor.Interrupted {
      Night.Job script = arrival.script;
      boolean isWhole = script.parent() < 0;
      if (isWhole) {
        flown.figures.jobArrived();
      }
      VirtualJob job = open(script);
      if (job == null) {
        return;
      }
      flown.open.put(arrival.number, job);
      lastEndNs = flown.world.agenda.nowNs();
      for (Night.Change change : script.changes()) {
        flown.world.agenda.in(change.afterNs(), () -> change(job, change.to()));
      }
      if (script.isSilent()) {
        // It came, and nothing of it was let in: what it wanted is what others wanted, and it asks
        // for that until it gave up.
        givesUpNs = script.closesAfter() < 0 ? NEVER : lastEndNs + script.closeNs();
        live(job, likenesses.job(arrival.atNs, flown.random));
      } else {
        live(job, script);
      }
      flown.open.remove(arrival.number);
      if (isWhole && lastCompleted && !brokeOff && lastEndNs <= job.deadlineNs()) {
        flown.figures.jobInTime();
      }
    }

    private void change(VirtualJob job, JobSettings to) {
      if (!job.isClosed()) {
        flown.headgate.changeBudget(job, to.tokenBudget(), to.moneyBudgetNanos());
        flown.headgate.reconfigure(job, to);
      }
    }

    private @Nullable VirtualJob open(Night.Job script) throws Actor.Interrupted {
      VirtualJob parent = script.parent() < 0 ? null : flown.open.get(script.parent());
      if (parent == null && script.parent() >= 0) {
        return null; // it is gone, or was never let in
      }
      for (int times = 0; ; times++) {
        Object answer = flown.headgate.openJob(script.settings(), parent);
        if (answer instanceof VirtualJob job) {
          return job;
        }
        Refused<?> refused = (Refused<?>) answer;
        flown.figures.refused(1);
        if (!asksAgain(refused, times)) {
          return null;
        }
        pause(refused);
      }
    }

    private boolean asksAgain(Refused<?> refused, int times) {
      return refused.reason().retryable()
          && times < (arrival.number < 0 ? 0 : night.asksAgain())
          && flown.world.agenda.nowNs() + refused.retryAfter().toNanos() < givesUpNs;
    }

    private void pause(Refused<?> refused) throws Actor.Interrupted {
      long ns = Math.max(LEAST_PAUSE_NS, refused.retryAfter().toNanos());
      self().sleep(ns + flown.random.nextLong(1 + ns / 2));
    }

    // ---- its client

    private void live(VirtualJob job, Night.Job script) throws Actor.Interrupted {
      var scene = new Scene(script);
      work(job, scene, 0);
      boolean closesEarly =
          script.closesAfter() >= 0 && script.closesAfter() < script.ends().size();
      if (closesEarly) {
        awaitEnds(scene, script.closesAfter());
      } else {
        awaitRest(scene);
        if (!script.done() && lastCompleted && !brokeOff) {
          goOn(job, script.ends().size());
        }
      }
      if (script.closesAfter() >= 0 && !brokeOff) {
        flown.sleepUntil(lastEndNs + script.closeNs());
      }
      if (script.closesAfter() >= 0 || brokeOff) {
        flown.headgate.closeJob(job);
      }
      awaitRest(scene);
    }

    // Where its client had given up, and need not now: as others went on from there.
    private void goOn(VirtualJob job, int from) throws Actor.Interrupted {
      var scene = new Scene(likenesses.job(arrival.atNs, flown.random));
      endsSeen = Math.min(from, scene.script.ends().size());
      work(job, scene, from);
      awaitRest(scene);
    }

    private void work(VirtualJob job, Scene scene, int from) throws Actor.Interrupted {
      int own = 0;
      List<Call> calls = scene.script.calls();
      for (int i = 0; i < calls.size() && !brokeOff; i++) {
        Call call = calls.get(i);
        if (call.after() < 0 || own++ < from) {
          continue; // an attempt makes it, or it was made
        }
        awaitEnds(scene, call.after());
        if (!brokeOff) {
          flown.sleepUntil(lastEndNs + call.thinkNs());
          var made = new Made(call);
          scene.made.put(i, made);
          ask(job, scene, made, 0);
        }
      }
    }

    private void ask(VirtualJob job, Scene scene, Made made, int times) {
      VirtualHeadgate.Answer answer =
          flown.headgate.submit(job, askFor(made.call), null, a -> play(scene, made.call, a));
      Refused<?> refused = answer.refused();
      if (refused == null) {
        made.task = admitted(made.call, answer);
      } else if (asksAgain(refused, times)) {
        flown.world.start(
            () -> {
              pause(refused);
              ask(job, scene, made, times + 1);
              client.wake(client.pauseNumber());
            });
      } else {
        made.isRefused = true;
        made.endNs = flown.world.agenda.nowNs();
      }
    }

    private @Nullable VirtualTask admitted(Call call, VirtualHeadgate.Answer answer) {
      VirtualTask task = answer.task();
      if (task != null && call.cancelNs() != Long.MAX_VALUE) {
        flown.world.agenda.in(call.cancelNs(), () -> flown.headgate.cancel(task));
      }
      return task;
    }

    private VirtualHeadgate.Ask askFor(Call call) {
      Estimate estimate =
          call.outputTokens() < 0
              ? Estimate.ofInput(call.inputTokens())
              : Estimate.of(call.inputTokens(), call.outputTokens());
      return new VirtualHeadgate.Ask(
          flown.stage.agent(call.agent()),
          flown.stage.target(call.target()),
          new Demand(estimate, call.inputTokens(), 0),
          call.priority(),
          call.ttlNs(),
          call.arguments(),
          call.degradable(),
          call.wrapsUp(),
          call.idempotent());
    }

    private void awaitEnds(Scene scene, int ends) throws Actor.Interrupted {
      while (endsSeen < ends && !brokeOff) {
        await(scene.made.get(scene.script.ends().get(endsSeen++)));
      }
    }

    private void awaitRest(Scene scene) throws Actor.Interrupted {
      for (Made made : scene.made.values()) {
        await(made);
      }
    }

    private void await(@Nullable Made made) throws Actor.Interrupted {
      if (made == null) {
        return; // it was not made
      }
      while (made.task == null && !made.isRefused) {
        client.pause();
      }
      VirtualTask task = made.task;
      if (task != null) {
        task.await();
        made.endNs = task.endedNs;
      }
      boolean completed = task != null && task.ending == Ending.COMPLETED;
      if (made.endNs >= lastEndNs) {
        lastEndNs = made.endNs;
        lastCompleted = completed;
      }
      // What came next needed its answer.
      brokeOff |= made.call.completed() && !completed;
    }

    // ---- what a call does, on its attempt's own actor

    private void play(Scene scene, Call call, VirtualAttempt attempt)
        throws CallFailed, Actor.Interrupted {
      int rung = attempt.rung();
      if (attempt.task().targetGate().settings().degradation().isStatic(rung)) {
        attempt.usage(0, 0);
        return;
      }
      Attempt then = attempt.isBeside() ? null : recorded(call, attempt.number(), rung);
      Attempt like =
          then != null && then.end() != End.CUT_SHORT
              ? then
              : likenesses.attempt(call.target(), rung, flown.world.agenda.nowNs(), flown.random);
      long ranNs = like.ranNs();
      if (then != null && then != like && ranNs <= then.ranNs()) {
        ranNs += then.ranNs(); // it had run for so long, and was not at its end
      }
      Attempt stopped = then == null ? like : then;
      if (stopped.end() == End.CUT_SHORT && stopped.use() == Night.Use.REPORTED) {
        attempt.usage(stopped.inputTokens(), stopped.outputTokens()); // if it is stopped once more
      }
      try {
        long ownNs = act(scene, then == null ? acts(call) : then.acts(), attempt, ranNs);
        attempt.sleep(like.end() == End.HANGS ? NEVER : Math.max(0, ranNs - ownNs));
      } catch (Actor.Interrupted e) {
        attempt.sleepThroughInterrupts(stopped.lateNs());
        throw e;
      }
      tell(like, attempt);
    }

    // Answers how much of its own time has gone.
    private long act(Scene scene, List<Act> acts, VirtualAttempt attempt, long ranNs)
        throws Actor.Interrupted {
      long ownNs = 0;
      Map<Integer, VirtualTask> children = new HashMap<>();
      for (Act act : acts) {
        long atNs = Math.min(ranNs, Math.max(ownNs, act.afterNs()));
        if (atNs > ownNs) {
          attempt.sleep(atNs - ownNs);
          ownNs = atNs;
        }
        Made sibling = scene.made.get(act.call());
        if (!act.joins()) {
          Call child = scene.script.calls().get(act.call());
          VirtualTask task =
              admitted(child, attempt.submit(askFor(child), a -> play(scene, child, a)));
          if (task != null) {
            children.put(act.call(), task);
          }
        } else {
          VirtualTask other = sibling == null ? children.get(act.call()) : sibling.task;
          if (other != null) {
            attempt.join(other, act.patienceNs());
          }
        }
      }
      return ownNs;
    }

    private void tell(Attempt like, VirtualAttempt attempt) throws CallFailed {
      if (!like.quota().equals(ProviderQuota.NONE)) {
        attempt.quota(like.quota());
      }
      if (like.use() == Night.Use.REPORTED) {
        long output = Math.min(like.outputTokens(), attempt.task().outputTokens());
        attempt.usage(like.inputTokens(), output);
      } else if (like.use() == Night.Use.CHARGED && !attempt.charge(like.outputTokens())) {
        return; // cut off
      }
      if (like.callClass() != CallClass.OK) {
        throw new CallFailed(like.callClass(), like.retryAfterNs());
      }
    }
  }

  private static @Nullable Attempt recorded(Call call, int number, int rung) {
    for (Attempt each : call.attempts()) {
      if (each.number() == number && each.rung() == rung) {
        return each;
      }
    }
    return null;
  }

  // Of an attempt that was not made then: as the one that did most.
  private static List<Act> acts(Call call) {
    List<Act> most = List.of();
    for (Attempt each : call.attempts()) {
      most = each.acts().size() > most.size() ? each.acts() : most;
    }
    return most;
  }

  /** A call of a job's client. */
  private static final class Made {
    final Call call;
    @Nullable VirtualTask task;
    boolean isRefused;
    long endNs;

    Made(Call call) {
      this.call = call;
    }
  }
}
