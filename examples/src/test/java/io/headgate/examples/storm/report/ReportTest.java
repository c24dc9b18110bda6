package io.headgate.examples.storm.report;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.examples.storm.measure.ArmResult;
import io.headgate.examples.storm.measure.Cpu;
import io.headgate.examples.storm.measure.Goodput;
import io.headgate.examples.storm.measure.PolicyAct;
import io.headgate.examples.storm.measure.PolicyLane;
import io.headgate.examples.storm.measure.Rungs;
import io.headgate.examples.storm.measure.Sample;
import io.headgate.examples.storm.measure.Second;
import io.headgate.examples.storm.provider.Bill;
import io.headgate.examples.storm.provider.ProviderStats;
import io.headgate.examples.storm.trace.TraceGenerator;
import io.headgate.examples.storm.workload.Timeline;
import io.headgate.examples.storm.workload.Workload;
import io.headgate.examples.storm.workload.WorkloadPlanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final String HOSTILE = "<script>alert(1)</script>.csv";

  private static final List<PolicyLane> LANES =
      PolicyLane.of(
          List.of("retries", "loop guard", "breakers"),
          List.of(
              new PolicyAct(2_100_000_000, "retries", "after rejected", 1),
              new PolicyAct(2_900_000_000L, "retries", "after unavailable", 1),
              new PolicyAct(3_000_000_000L, "retries", "after unavailable", 200),
              new PolicyAct(99_000_000_000L, "breakers", "<open> for all", 1)));

  private static final StormReport REPORT =
      new StormReport(
          10, 50, workload(HOSTILE), List.of(arm("naive", false), arm("headgate", true)));

  @TempDir Path folder;

  /** The names are the issue's, letter by letter: other tools read them. */
  @Test
  void jsonHasEveryFigureOfEachArmAsANumber() throws IOException {
    var file = folder.resolve("report.json");
    JsonReport.write(REPORT, file);

    var json = new ObjectMapper().readTree(file.toFile());

    for (var arm : new String[] {"naive", "headgate"}) {
      for (var field :
          new String[] {
            "offered",
            "admitted",
            "refused",
            "completed",
            "expired",
            "failed",
            "tokensSpent",
            "tokensUseful",
            "dollarsSpent",
            "jobsOffered",
            "jobsFinished",
            "goodputBefore",
            "goodputDuring",
            "goodputAfter",
            "recoverySeconds",
            "servedAtBest",
            "goodputOfBest",
            "usefulShare",
            "tokensOfLoops",
            "p99MillisDuring",
            "maxInFlight",
            "maxWaiting"
          }) {
        assertThat(json.at("/arms/" + arm + "/" + field).isNumber()).as(field).isTrue();
      }
    }
    var naive = json.at("/arms/naive");
    assertThat(naive.path("offered").asLong()).isEqualTo(100);
    assertThat(naive.path("tokensUseful").asLong()).isEqualTo(1_200);
    assertThat(naive.path("dollarsSpent").asDouble()).isEqualTo(1.25);
    assertThat(naive.path("goodputDuring").asDouble()).isEqualTo(0.5);
    assertThat(naive.path("goodputOfBest").asDouble()).isEqualTo(0.2);
    assertThat(naive.path("usefulShare").asDouble()).isEqualTo(0.2);
    assertThat(naive.path("recovered").asBoolean()).isFalse();
    assertThat(json.path("seed").asLong()).isEqualTo(5);
    assertThat(json.path("scale").asInt()).isEqualTo(10);
    assertThat(json.path("violations").size()).isZero();
  }

  @Test
  void aFigureWithNothingToMeasureIsANumberAllTheSame() {
    var nothing = Figure.ALL.stream().filter(f -> f.name().equals("p99MillisDuring")).findFirst();

    assertThat(nothing.orElseThrow().number(arm("naive", false))).isZero();
    assertThat(nothing.orElseThrow().text(arm("naive", false))).isEqualTo("-");
  }

  @Test
  void htmlNeedsNothingFromAnywhere() throws IOException {
    var file = folder.resolve("report.html");
    HtmlReport.write(REPORT, file);

    assertThat(Files.readString(file))
        .startsWith("<!DOCTYPE html>")
        .doesNotContain("http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link")
        .contains("prefers-color-scheme: dark");
  }

  @Test
  void htmlShowsEveryChartAndDefinesEveryFigure() {
    var page = HtmlReport.page(REPORT);

    assertThat(page)
        .contains("Offered load", "Goodput", "Depth", "In flight", "Latency", "Tokens spent")
        .contains("Money spent", "scaled down by 10", "surge + outage");
    assertThat(page.split("role=\"img\"", -1)).hasSize(1 + 7 + 1);
    assertThat(Figure.ALL)
        .allSatisfy(figure -> assertThat(page).contains("<dt>" + figure.name() + "</dt>"));
    assertThat(page).doesNotContain("NaN").contains("&lt;script&gt;");
  }

  @Test
  void everyReportSaysWhenEachPolicyActed() {
    assertThat(HtmlReport.page(REPORT))
        .contains("When each policy acted, in the arm headgate")
        .contains("retries, 2 s\n1 x after rejected\n1 x after unavailable")
        .contains("retries, 3 s\n200 x after unavailable")
        .contains(
            "breakers, 5 s\n1 x &lt;open&gt; for all") // what comes late is in the last second
        .doesNotContain("in the arm naive", "loop guard, ");

    assertThat(TerminalTable.of(REPORT))
        .contains(
            "retries      |  -@  | 202", "loop guard   |      | 0", "breakers     |     .| 1");

    var lanes = JsonReport.tree(REPORT).at("/arms/headgate/policies");
    assertThat(lanes).hasSize(3);
    assertThat(lanes.at("/0/policy").asText()).isEqualTo("retries");
    assertThat(lanes.at("/0/total").asLong()).isEqualTo(202);
    assertThat(lanes.at("/0/perSecond")).hasSize(6);
    assertThat(lanes.at("/0/perSecond/3/after unavailable").asLong()).isEqualTo(200);
    assertThat(JsonReport.tree(REPORT).at("/arms/naive/policies")).isEmpty();
  }

  @Test
  void brokenInvariantsAreShownEverywhere() {
    var broken = new StormReport(10, 50, workload("t"), List.of(arm("headgate", true, "a leak")));

    assertThat(broken.violations()).containsExactly("headgate: a leak");
    assertThat(HtmlReport.page(broken)).contains("Broken: headgate: a leak");
    assertThat(JsonReport.tree(broken).path("sound").asBoolean()).isFalse();
    assertThat(JsonReport.tree(REPORT).path("sound").asBoolean()).isTrue();
  }

  @Test
  void theTableHasAColumnForEachArmInAscii() {
    var table = TerminalTable.of(REPORT);

    assertThat(table).contains("naive", "headgate", "goodput during", "> 15.0").isASCII();
    assertThat(table.lines()).allMatch(line -> line.length() <= 60);
  }

  private static Workload workload(String source) {
    var timeline = new Timeline(ofSeconds(2), ofSeconds(2), ofSeconds(2), 2, 10);
    var plan =
        WorkloadPlanner.plan(
            TraceGenerator.generate(1, 100), 5, timeline, ofSeconds(2), ofMillis(500));
    return new Workload(source, 5, timeline, plan.jobs());
  }

  private static ArmResult arm(String name, boolean recovered, String... violations) {
    var seconds =
        IntStream.range(0, 6).mapToObj(i -> new Second(i, i, 10 * i, Double.NaN, 5.0 * i)).toList();
    var samples =
        Stream.iterate(1L, i -> i <= 60, i -> i + 1)
            .map(i -> new Sample(i * 100_000_000, 3, 4, 5, 100 * i, 50 * i, 0.1 * i))
            .toList();
    return new ArmResult(
        name,
        100,
        90,
        10,
        70,
        15,
        5,
        6_000,
        1_200,
        300,
        150,
        1.25,
        50,
        20,
        new Rungs(60, 8, 2, 17, 1),
        new Goodput(5, 0.5, 4, 15, recovered),
        2.5,
        Double.NaN,
        16,
        8,
        new ProviderStats(120, Map.of("200", 70L, "503", 50L), Bill.NOTHING, Bill.NOTHING, 0, 17),
        new Cpu(5, 20, 2),
        seconds,
        samples,
        name.equals("naive") ? List.of() : LANES,
        List.of("a note"),
        List.of(violations));
  }
}
