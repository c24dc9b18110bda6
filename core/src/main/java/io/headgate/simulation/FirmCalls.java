package io.headgate.simulation;

import static io.headgate.simulation.ExperimentRow.Bar.atLeast;
import static io.headgate.simulation.ExperimentRow.Bar.atMost;

import io.headgate.AgentSettings;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.engine.Ending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model is out for four minutes of twelve, and a smaller one answers for it. One agent's calls
 * may not be degraded, since a wrong answer is worse there than none: whether any of them is
 * answered from below all the same, and what becomes of those of the others.
 */
final class FirmCalls implements Experiment {
  private static final String NAME = "firm-calls";
  private static final Duration LENGTH = Duration.ofMinutes(12);
  private static final Duration FROM = Duration.ofMinutes(4);
  private static final Duration TO = Duration.ofMinutes(8);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final double PER_SECOND = 2;
  private static final String FIRM = "ledger";
  private static final String OTHER = "chat";
  private static final String USUAL = "usual stack";

  // A probe comes 15 s, and a quarter more, after the last one failed; three of 4 s are to be well.
  private static final Duration WELL_AGAIN = TO.plusSeconds(30);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "calls that no smaller model may answer, while the model is out: refused, not degraded";
  }

  @Override
  public List<ExperimentRow> run() throws InterruptedException {
    List<ExperimentRow> rows = new ArrayList<>();
    rows.addAll(arm("headgate", 1, true));
    rows.addAll(arm("nobody forbids it", 0, false));
    rows.addAll(arm(USUAL, 1, false));
    return rows;
  }

  private static List<ExperimentRow> arm(String arm, double firm, boolean held)
      throws InterruptedException {
    var firmCalls = new Seen(FIRM);
    var others = new Seen(OTHER);
    var _ =
        OnActor.fly(
            new Flight(
                scenario(firm, arm.equals(USUAL)), 1, new Witnesses(List.of(firmCalls, others))),
            arm);
    return List.of(
        row(
            "answers from below to who wants none",
            arm,
            (double) firmCalls.fromBelow,
            held ? atMost(0) : null),
        row("calls made of the dead model", arm, (double) firmCalls.dead + others.dead, null),
        row(
            "their calls answered, while the model is well",
            arm,
            firmCalls.whileWell(),
            held ? atLeast(0.99) : null),
        row("calls of the others answered", arm, others.answered(), held ? atLeast(0.99) : null),
        row("of them, from below", arm, (double) others.fromBelow, null));
  }

  private static ExperimentRow row(
      String figure, String arm, double value, ExperimentRow.@Nullable Bar bar) {
    return new ExperimentRow(NAME, figure, arm, value, bar);
  }

  private static Scenario scenario(double firm, boolean usual) {
    JobModel job =
        JobModel.chat()
            .settings(JobSettings.DEFAULT.deadline(DEADLINE))
            .tokens(400, 200, 0.3)
            .manners(
                usual ? UsualStack.client(DEADLINE) : new JobModel.Manners(0, false, DEADLINE));
    ProviderModel model = ProviderModel.chat().during(new Disturbance.Outage(FROM, TO, 1));
    DegradationPolicy ladder = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
    // Who wraps calls one by one leaves the fallback out where none is wanted.
    TargetSettings target =
        usual
            ? UsualStack.fallback(TargetSettings.DEFAULT, ladder)
            : TargetSettings.DEFAULT.degradation(ladder);
    var arrivals = new Arrivals.Poisson(PER_SECOND);
    return Scenario.plain(
        HeadgateSettings.DEFAULT,
        List.of(
            new Scenario.AgentPart(FIRM, AgentSettings.DEFAULT),
            new Scenario.AgentPart(OTHER, AgentSettings.DEFAULT)),
        List.of(
            new Scenario.TargetPart(
                "model",
                target,
                model,
                ProviderModel.chat(),
                false,
                List.of(ProviderModel.chat()))),
        List.of(
            Load.of(arrivals, job.firm(firm), LENGTH).by(FIRM),
            Load.of(arrivals, job, LENGTH).by(OTHER)),
        LENGTH,
        DEADLINE.multipliedBy(4));
  }

  /** What answers an agent's calls. */
  private static final class Seen extends Answered {
    private final String agent;
    private long fromBelow;
    private long askedWell;
    private long dead;
    private long answeredWell;

    Seen(String agent) {
      super(each -> each.id().equals(agent));
      this.agent = agent;
    }

    double whileWell() {
      return (double) answeredWell / Math.max(1, askedWell);
    }

    private static boolean isWell(long nowNs) {
      return nowNs < FROM.toNanos() || nowNs >= WELL_AGAIN.toNanos();
    }

    @Override
    public void refused(Rejection rejection) {
      super.refused(rejection);
      if (rejection.agent().id().equals(agent) && isWell(rejection.nowNs())) {
        askedWell++;
      }
    }

    @Override
    public void calling(VirtualTask task, long nowNs) {
      boolean isOut = nowNs >= FROM.toNanos() && nowNs < TO.toNanos();
      dead += isOut && task.rung() == 0 && task.agentGate().id().equals(agent) ? 1 : 0;
    }

    @Override
    public void ended(VirtualTask task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      super.ended(task, ending, waiting, nowNs, ranNs);
      if (task.agentGate().id().equals(agent)) {
        boolean answered = ending == Ending.COMPLETED;
        fromBelow += answered && task.rung() > 0 ? 1 : 0;
        if (isWell(task.admittedNs())) {
          askedWell++;
          answeredWell += answered ? 1 : 0;
        }
      }
    }
  }
}
