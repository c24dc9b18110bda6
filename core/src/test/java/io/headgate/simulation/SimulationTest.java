package io.headgate.simulation;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Refusal;
import io.headgate.simulation.Arrivals.ClosedLoop;
import io.headgate.simulation.Arrivals.Poisson;
import io.headgate.simulation.Arrivals.Surge;
import io.headgate.simulation.Arrivals.Trace;
import io.headgate.simulation.Arrivals.TracedCall;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xml.sax.InputSource;

/** The simulator as a user's tool. */
@Timeout(120)
class SimulationTest {
  private static final HeadgateSettings SETTINGS =
      HeadgateSettings.DEFAULT.maxInFlight(64).maxWaiting(500);

  private static Simulation calm() {
    return Simulation.of(SETTINGS)
        .agent("researcher", a -> a.maxInFlight(32))
        .target(
            "gpt-large",
            t -> t.maxInFlight(32).timeout(ofSeconds(20)).price(2, 8),
            ProviderModel.chat().capacity(32, 1));
  }

  private static Load poisson(double perSecond, Duration to) {
    return Load.of(new Poisson(perSecond), JobModel.chat(), to);
  }

  @Test
  void calmWeatherLosesNothing() {
    SimulationReport report = calm().load(poisson(5, ofMinutes(10))).run();
    assertThat(report.jobs()).isBetween(2_700L, 3_300L);
    assertThat(report.goodput()).isGreaterThan(0.99); // a few answers are longer than 20 s
    assertThat(report.refusals()).isEmpty();
    assertThat(report.tokensWasted()).isLessThan(report.tokens() / 50);
    // About 1,000 tokens in and 300 out, each with a mean above its median.
    assertThat(report.tokens() / report.jobs()).isBetween(1_200L, 1_800L);
    assertThat(report.dollars()).isBetween(10.0, 20.0);
    assertThat(report.waited().p99()).isLessThan(ofSeconds(2));
    assertThat(report.recovered()).isTrue();
    assertThat(report.timeline()).hasSize(120);
  }

  // Little's law: what is in flight is what arrives times how long it runs.
  @Test
  void inFlightIsArrivalsTimesRunTime() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target("tool", t -> t, ProviderModel.of(new Latency.Fixed(ofSeconds(2))))
            .load(poisson(10, ofMinutes(20)))
            .run();
    double mean =
        report.timeline().stream()
            .mapToLong(SimulationReport.Interval::inFlight)
            .average()
            .orElse(0);
    assertThat(report.ran().p50()).isBetween(ofMillis(1_990), ofMillis(2_030));
    assertThat(mean).isBetween(20.0, 30.0); // of each interval the most, which is above the mean
    assertThat(report.mostInFlight()).isLessThanOrEqualTo(64);
  }

  @Test
  void twoInTheMorning() {
    SimulationReport report =
        calm()
            .load(
                Load.of(
                    new Surge(1, 10, ofMinutes(4), ofMinutes(6)),
                    JobModel.chat()
                        .calls(1, 6)
                        .settings(JobSettings.DEFAULT.deadline(ofSeconds(60))),
                    ofMinutes(12)))
            .run();
    assertThat(report.mostInFlight()).isLessThanOrEqualTo(32);
    assertThat(report.mostWaiting()).isLessThanOrEqualTo(500);
    assertThat(report.goodput()).isBetween(0.2, 0.95);
    assertThat(report.recovered()).isTrue();
    assertThat(report.timeToRecover())
        .hasValueSatisfying(t -> assertThat(t).isLessThan(ofMinutes(3)));
    assertThat(report.tokensWasted()).isPositive().isLessThan(report.tokens());
    assertThat(report.dollarsWasted()).isPositive().isLessThan(report.dollars());
  }

  @Test
  void anOutageShowsInTheReport() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target(
                "model",
                t -> t.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF),
                ProviderModel.chat().during(new Disturbance.Outage(ofMinutes(2), ofMinutes(3), 1)))
            .load(poisson(5, ofMinutes(5)))
            .run();
    assertThat(report.outcomes()).containsKey("failed");
    assertThat(report.goodput()).isBetween(0.75, 0.85); // one minute of five
    assertThat(report.timeToRecover())
        .hasValueSatisfying(t -> assertThat(t).isLessThan(ofSeconds(20)));
  }

  @Test
  void aLoopIsEndedByItsBudget() {
    SimulationReport report =
        calm()
            .load(
                Load.of(
                    new ClosedLoop(4, ofSeconds(1)),
                    JobModel.chat()
                        .settings(JobSettings.DEFAULT.tokenBudget(20_000).deadline(ofMinutes(10)))
                        .children(new JobModel.Children(0, 0, 0, 0, 1)),
                    ofMinutes(10)))
            .run();
    assertThat(report.refusals()).containsKey(Refusal.TOKEN_BUDGET);
    assertThat(report.goodput()).isZero();
    assertThat(report.tokens() / report.jobs()).isLessThanOrEqualTo(20_000);
  }

  @Test
  void aCallThatIsAnswered429CostsNothing() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target(
                "model",
                t ->
                    t.price(2, 8)
                        .breaker(BreakerPolicy.OFF)
                        .agentBreaker(BreakerPolicy.OFF)
                        .maxPause(Duration.ZERO),
                ProviderModel.of(new Latency.Fixed(ofMillis(100))).rateLimit(1, ofSeconds(1)))
            .load(
                Load.of(
                    new Poisson(10),
                    JobModel.chat().manners(new JobModel.Manners(0, false, ofMinutes(1))),
                    ofSeconds(30)))
            .run();
    assertThat(report.jobsInTime()).isOne();
    assertThat(report.outcomes().get("failed")).isGreaterThan(200);
    assertThat(report.tokens()).isLessThan(10_000);
    assertThat(report.dollarsWasted()).isZero();
  }

  // An overspent job is closed, and retires, before its client knows how it went.
  @Test
  void whatAJobInTimeSpentIsNotWasted() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target("model", t -> t, ProviderModel.of(new Latency.Fixed(ofMillis(100))).usage(0, 1))
            .load(
                Load.of(
                    new Poisson(10),
                    JobModel.chat()
                        .settings(JobSettings.DEFAULT.tokenBudget(2_000).deadline(ofMinutes(1))),
                    ofSeconds(60)))
            .run();
    assertThat(report.goodput()).isGreaterThan(0.5);
    double wasted = (double) report.tokensWasted() / report.tokens();
    assertThat(wasted).isLessThan(1.2 - report.goodput());
  }

  @Test
  void levelsStayWhereNothingHappens() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target("slow", t -> t, ProviderModel.of(new Latency.Fixed(ofSeconds(50))))
            .load(
                Load.of(new Arrivals.Bursts(10, ofSeconds(1_000)), JobModel.chat(), ofSeconds(120)))
            .run();
    assertThat(report.timeline().stream().filter(each -> each.inFlight() == 10).count())
        .isBetween(49L, 52L);
    assertThat(report.timeline().getLast().goodput()).isZero();
  }

  @Test
  void nobodyRecoversToWhatNeverWas() {
    SimulationReport report =
        Simulation.of(SETTINGS)
            .agent("agent", a -> a)
            .target(
                "model",
                t -> t,
                ProviderModel.chat()
                    .errors(1)
                    .during(new Disturbance.Outage(Duration.ZERO, ofMinutes(1), 1)))
            .load(poisson(5, ofMinutes(5)))
            .run();
    assertThat(report.recovered()).isFalse();
    assertThat(report.goodput()).isLessThan(0.05);
  }

  // With so many the referee looks at what was touched, and at some of the rest: it must stay
  // quick.
  @Test
  void aThousandAgents() {
    var simulation = Simulation.of(SETTINGS.maxInFlight(1_000).maxWaiting(2_000).maxJobs(20_000));
    for (int i = 0; i < 1_000; i++) {
      simulation.agent("agent-" + i, a -> a.maxInFlight(2));
    }
    SimulationReport report =
        simulation
            .target("tool", t -> t, ProviderModel.of(new Latency.LogNormal(ofSeconds(1), 0.5)))
            .load(poisson(1_200, ofSeconds(10)))
            .run();
    assertThat(report.jobs()).isBetween(11_000L, 13_000L);
    assertThat(report.goodput()).isGreaterThan(0.9);
    assertThat(report.mostWaiting()).isGreaterThan(200);
  }

  @Test
  void theSameSeedComesToTheSameReport() {
    SimulationReport one = calm().load(poisson(20, ofMinutes(2))).seed(7).run();
    SimulationReport again = calm().load(poisson(20, ofMinutes(2))).seed(7).run();
    SimulationReport other = calm().load(poisson(20, ofMinutes(2))).seed(8).run();
    assertThat(again).isEqualTo(one);
    assertThat(other.digest()).isNotEqualTo(one.digest());
  }

  @Test
  void aTraceIsReplayed() {
    List<TracedCall> calls =
        List.of(
            new TracedCall(Duration.ZERO, 100, 50),
            new TracedCall(ofSeconds(1), 200, 10),
            new TracedCall(ofSeconds(3), 300, 0));
    SimulationReport report =
        calm().load(Load.of(new Trace(calls), JobModel.chat(), ofMinutes(1))).run();
    assertThat(report.jobs()).isEqualTo(3);
    assertThat(report.jobsInTime()).isEqualTo(3);
    assertThat(report.tokens()).isEqualTo(100 + 50 + 200 + 10 + 300);
  }

  @Test
  void tableAndChartShowIt() throws Exception {
    SimulationReport report =
        calm()
            .load(
                Load.of(
                    new Surge(3, 10, ofMinutes(1), ofMinutes(2)), JobModel.chat(), ofMinutes(3)))
            .run();
    assertThat(report.toTable()).contains("jobs in time", "took p50, p99, max", "time to recover");
    String svg = report.toSvg();
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(6);
    assertThat(svg).doesNotContain("NaN", "Infinity");
  }

  @Test
  void badModelsSayWhatIsWrong() {
    assertThatThrownBy(() -> new Poisson(-1))
        .hasMessageContaining("perSecond is -1.0, but must be from");
    assertThatThrownBy(() -> new Trace(List.of())).hasMessageContaining("calls is empty");
    assertThatThrownBy(() -> ProviderModel.chat().capacity(0, 1))
        .hasMessageContaining("capacity is 0, but must be from 1");
    assertThatThrownBy(() -> ProviderModel.chat().errors(1.5))
        .hasMessageContaining("errors is 1.5, but must be from 0.0 to 1.0");
    assertThatThrownBy(() -> new Latency.LogNormal(Duration.ZERO, 1))
        .hasMessageContaining("median is PT0S");
    assertThatThrownBy(() -> new Disturbance.Outage(ofMinutes(2), ofMinutes(1), 1))
        .hasMessageContaining("disturbance's to is PT1M");
    assertThatThrownBy(() -> poisson(1, Duration.ZERO))
        .hasMessageContaining("load's to is PT0S, but must be from PT0.000000001S")
        .hasMessageContaining("use a longer time");
    assertThatThrownBy(() -> new Load(new Poisson(1), JobModel.chat(), ofSeconds(2), ofSeconds(2)))
        .hasMessageContaining("load's to is PT2S, but must be from PT2.000000001S");
    assertThatThrownBy(() -> calm().agent("researcher", a -> a))
        .hasMessageContaining("agent researcher is there already");
    assertThatThrownBy(() -> calm().agent("other", a -> a.maxInFlight(1_000)))
        .hasMessageContaining("maxInFlight is 1000, but the whole Headgate's is 64");
    assertThatThrownBy(() -> calm().agent("", a -> a)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> calm().run()).hasMessageContaining("has no load");
    assertThatThrownBy(() -> Simulation.of(SETTINGS).load(poisson(1, ofSeconds(1))).run())
        .hasMessageContaining("has no agent");
    assertThatThrownBy(
            () ->
                new Trace(
                    List.of(
                        new TracedCall(ofSeconds(1), 1, 1), new TracedCall(Duration.ZERO, 1, 1))))
        .hasMessageContaining("sort them by time");
  }

  @Test
  void aLoadOfOneAgentIsThatAgentsAlone() {
    AgentSettings one = AgentSettings.DEFAULT.maxInFlight(1);
    Load load = Load.of(new Poisson(4), JobModel.chat(), ofSeconds(60));
    Simulation simulation =
        Simulation.of(HeadgateSettings.DEFAULT)
            .agent("quiet", a -> one)
            .agent("loud", a -> one)
            .target("model", t -> t, ProviderModel.chat());
    SimulationReport ofBoth = simulation.load(load).run();
    assertThat(ofBoth.mostInFlight()).isEqualTo(2);
    SimulationReport ofOne =
        Simulation.of(HeadgateSettings.DEFAULT)
            .agent("quiet", a -> one)
            .agent("loud", a -> one)
            .target("model", t -> t, ProviderModel.chat())
            .load(load.by("loud"))
            .run();
    assertThat(ofOne.mostInFlight()).isEqualTo(1);
  }

  @Test
  void aLoadOfAnAgentThatIsNotThereIsRefused() {
    Simulation simulation =
        Simulation.of(HeadgateSettings.DEFAULT)
            .agent("agent", a -> a)
            .target("model", t -> t, ProviderModel.chat())
            .load(Load.of(new Poisson(1), JobModel.chat(), ofSeconds(1)).by("other"));
    assertThatThrownBy(simulation::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("other")
        .hasMessageContaining("agent(...)");
  }
}
