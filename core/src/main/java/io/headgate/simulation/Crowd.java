package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.ConcurrencyPolicy;
import io.headgate.Estimate;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Fifty thousand agents that ask by Zipf's law, each with a cap of three calls, which those who ask
 * most would exceed many times over; fifty ids a second go, and others come in their place; and
 * once ten thousand calls are let in within 100 ms, and then cancelled within 50 ms.
 *
 * <p>Asked is for a fifth more than the provider carries; what the caps leave is below it. So all
 * who stay below their caps should be answered, and whoever is at its cap should be busy to it: the
 * oracle's figure for these is the cap over a call's mean time.
 */
final class Crowd implements Experiment {
  private static final String NAME = "crowd";
  private static final int AGENTS = 50_000;
  private static final double ZIPF = 1.1;
  private static final int SPARE = 1_000;
  private static final int CAPACITY = 256;
  private static final double LOAD = 1.2;
  private static final int CAP = 3;
  private static final int ROOM_EACH = 64;

  /** From the rank on from which an agent asks for less than half of its cap. */
  private static final int QUIET = 25;

  /** To the rank up to which it asks for half as much again as its cap, or more. */
  private static final int LOUD = 6;

  private static final int WAVE = 10_000;
  private static final double IDS_A_SECOND = 50;
  private static final Duration JOB = Duration.ofSeconds(30);
  private static final Duration WAVES_JOB = Duration.ofMinutes(10);
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration FROM = Duration.ofMinutes(1);
  private static final Duration WAVE_AT = Duration.ofMinutes(3);
  private static final Duration CANCELLED_IN = Duration.ofMillis(50);
  private static final Duration WATCHED = Duration.ofSeconds(20);
  private static final Duration TO = Duration.ofMinutes(5);
  private static final Duration LENGTH = Duration.ofMinutes(6);
  private static final long MILLISECOND_NS = 1_000_000;

  /** From one of the wave to the next: what a dispatcher bears. */
  private static final long LET_IN_NS = 10_000;

  private static final String WATCHMAN = "watchman";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "50,000 agents whose ids come and go, 10,000 cancelled at once: nothing dead counts";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    for (Overload.Arm arm : arms()) {
      rows.addAll(rows(arm, 1));
    }
    return rows;
  }

  /** Headgate as it comes; and a host that asks as one agent for all, without a limit. */
  static List<Overload.Arm> arms() {
    return List.of(
        new Overload.Arm(
            "headgate", s -> s, t -> t.concurrency(ConcurrencyPolicy.DEFAULT), false, 0, true),
        new Overload.Arm("knows no agents", s -> s, Overload::bare, true, 0, false));
  }

  static List<ExperimentRow> rows(Overload.Arm arm, long seed) throws InterruptedException {
    Night alone = new Night(arm, seed, false);
    alone.fly();
    Night night = new Night(arm, seed, true);
    night.fly();
    long from = FROM.toNanos();
    long to = TO.toNanos();
    long wave = WAVE_AT.toNanos();
    long watched = wave + WATCHED.toNanos();
    JobLog quiet = night.quiet();
    double loudest = CAP / LimitTrial.seconds(LimitTrial.OUTPUT);
    double busy = night.log.of(Crowd::isLoud).perSecond(from, to) / LOUD;
    return List.of(
        arm.row(
            NAME, "ids, of which each has been an agent", night.throng().born(), atLeast(60_000)),
        arm.row(NAME, "ids that found no place", night.throng().turnedAway(), atMost(0)),
        arm.row(NAME, "calls let in and cancelled at once", night.cancelled, atLeast(WAVE)),
        arm.row(NAME, "places held by them a millisecond later", night.held, atMost(0)),
        arm.row(NAME, "of them, calls that still ran", night.ran, atMost(0)),
        arm.row(
            NAME,
            "calls of the quiet answered, of those asked, around that",
            quiet.shareOfThoseThatCame(wave, watched),
            atLeast(0.99)),
        arm.row(
            NAME,
            "calls of the quiet answered, of those asked",
            quiet.shareOfThoseThatCame(from, to),
            atLeast(0.99)),
        arm.row(
            NAME,
            "p99 of the quiet, of being without the loud",
            quiet.tookNs(0.99, from, to) / alone.quiet().tookNs(0.99, from, to),
            atMost(1.1)),
        arm.row(
            NAME, "calls of the loud, of what their caps allow", busy / loudest, atLeast(0.95)));
  }

  private static boolean isLoud(String id) {
    int rank = Throng.rankOf(id);
    return rank >= 0 && rank < LOUD;
  }

  /** One flight. */
  private static final class Night {
    private final JobLog log = new JobLog();
    private final Overload.Arm arm;
    private final boolean loud;
    private final Flight flight;
    private final SplittableRandom random;
    private @Nullable Throng throng;
    private final List<VirtualTask> wave = new ArrayList<>();
    private int cancelled;
    private double held;
    private double ran;

    Night(Overload.Arm arm, long seed, boolean loud) {
      this.arm = arm;
      this.loud = loud;
      random = new SplittableRandom(seed);
      flight = new Flight(scenario(arm), seed, log);
      log.watch(flight);
    }

    JobLog quiet() {
      return log.of(id -> Throng.rankOf(id) >= QUIET);
    }

    Throng throng() {
      if (throng == null) {
        throw new IllegalStateException("not flown yet");
      }
      return throng;
    }

    void fly() throws InterruptedException {
      AgentSettings each =
          arm.apart()
              ? AgentSettings.DEFAULT
              : AgentSettings.DEFAULT.maxInFlight(CAP).maxWaiting(ROOM_EACH);
      throng = new Throng(flight.headgate, each, AGENTS, ZIPF, 1, SPARE);
      // After the watchman, who has the first place.
      flight.world.startIn(MILLISECOND_NS, throng()::register);
      flight.world.startIn(FIRST.toNanos(), this::arrive);
      flight.world.startIn(FIRST.toNanos(), this::change);
      flight.world.startIn(WAVE_AT.toNanos(), this::surge);
      var _ = OnActor.fly(flight, arm.name());
    }

    private boolean lasts() {
      return flight.world.agenda.nowNs() < LENGTH.toNanos();
    }

    private static Actor self() {
      Actor actor = Actor.current();
      if (actor == null) {
        throw new IllegalStateException("only an actor can wait");
      }
      return actor;
    }

    private static long gapNs(SplittableRandom random, double perSecond) {
      return 1 + (long) Draw.exponential(random, LimitTrial.SECOND_NS / perSecond);
    }

    private void arrive() throws Actor.Interrupted {
      SplittableRandom own = random.split();
      double perSecond = LOAD * CAPACITY / LimitTrial.seconds(LimitTrial.OUTPUT);
      while (true) {
        self().sleep(gapNs(own, perSecond));
        if (!lasts()) {
          return;
        }
        int rank = throng().draw(own);
        SplittableRandom ofJob = own.split();
        if (loud || rank >= QUIET) {
          flight.world.start(() -> client(rank, ofJob));
        }
      }
    }

    private void change() throws Actor.Interrupted {
      SplittableRandom own = random.split();
      while (lasts()) {
        self().sleep(gapNs(own, IDS_A_SECOND));
        throng().replace(own.nextInt(throng().size()));
      }
    }

    private void client(int rank, SplittableRandom own) throws Actor.Interrupted {
      throng().busy(rank, 1);
      flight.jobArrived();
      boolean good = false;
      Object opened = flight.headgate.openJob(JobSettings.DEFAULT.deadline(JOB), null);
      if (opened instanceof VirtualJob job) {
        job.openedNs = flight.world.agenda.nowNs();
        job.agent = throng().at(rank).id();
        VirtualTask task = submit(job, rank, own);
        if (task != null) {
          task.await();
          good = task.ending == Ending.COMPLETED;
        }
        flight.jobOver(job, good && flight.world.nanoTime() <= job.deadlineNs(), false);
        flight.headgate.closeJob(job);
      } else {
        flight.jobRefused();
      }
      throng().busy(rank, -1);
    }

    private @Nullable VirtualTask submit(VirtualJob job, int rank, SplittableRandom own) {
      long output = (long) Draw.logNormal(own, (double) LimitTrial.OUTPUT, LimitTrial.SIGMA);
      var demand = new Demand(Estimate.of(0, 2 * output), 0, output);
      var ask =
          VirtualHeadgate.Ask.of(
              arm.apart() ? flight.agent(WATCHMAN) : throng().at(rank), flight.target(0), demand);
      return flight.submit(job, ask, attempt -> flight.providerOf(0).call(attempt, demand)).task();
    }

    // Of any agents but the loud; once all are in, they are cancelled one after the other.
    private void surge() throws Actor.Interrupted {
      SplittableRandom own = random.split();
      List<VirtualJob> jobs = new ArrayList<>();
      for (int i = 0; wave.size() < WAVE && i < 2 * WAVE; i++) {
        int rank = QUIET + own.nextInt(throng().size() - QUIET);
        Object opened = flight.headgate.openJob(JobSettings.DEFAULT.deadline(WAVES_JOB), null);
        if (opened instanceof VirtualJob job) {
          jobs.add(job);
          VirtualTask task = submit(job, rank, own);
          if (task != null) {
            wave.add(task);
          }
          self().sleep(LET_IN_NS);
        }
      }
      long stepNs = CANCELLED_IN.toNanos() / Math.max(1, wave.size());
      for (VirtualTask task : wave) {
        flight.headgate.cancel(task);
        self().sleep(stepNs);
      }
      cancelled = wave.size();
      self().sleep(MILLISECOND_NS);
      for (VirtualTask task : wave) {
        held += task.isDone() ? 0 : 1;
        ran += task.attempt == null ? 0 : 1;
      }
      // Of places at the gates, those for which nothing waits.
      held +=
          flight.headgate.gates.waitingRoom().taken() - flight.headgate.engine.ledger().waiting();
      for (VirtualJob job : jobs) {
        flight.headgate.closeJob(job);
        self().sleep(LET_IN_NS);
      }
    }
  }

  private static Scenario scenario(Overload.Arm arm) {
    ProviderModel provider = LimitTrial.model(CAPACITY, 1);
    TargetSettings model =
        arm.target().apply(TargetSettings.DEFAULT.timeout(Duration.ofSeconds(30)));
    HeadgateSettings settings =
        HeadgateSettings.DEFAULT
            .maxAgents(1 + AGENTS + SPARE)
            .maxJobs(4 * WAVE)
            .maxWaiting(3 * WAVE);
    long lengthNs = LENGTH.toNanos();
    return new Scenario(
        arm.settings().apply(settings),
        0,
        List.of(new Scenario.AgentPart(WATCHMAN, AgentSettings.DEFAULT)),
        List.of(new Scenario.TargetPart("model", model, provider, provider, false)),
        List.of(),
        null,
        Faults.NONE,
        Scenario.Operator.NONE,
        lengthNs,
        lengthNs + 4 * JOB.toNanos());
  }
}
