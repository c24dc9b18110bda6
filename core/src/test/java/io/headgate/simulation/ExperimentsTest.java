package io.headgate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every bar of every experiment; and that a bar can be missed at all. */
final class ExperimentsTest {
  private static void holds(Experiment experiment) throws InterruptedException {
    List<ExperimentRow> rows = experiment.run();
    assertThat(rows).isNotEmpty();
    assertThat(rows.stream().filter(row -> row.bar() != null)).isNotEmpty();
    assertThat(rows).allSatisfy(row -> assertThat(row.met()).as(row.toString()).isTrue());
  }

  @Test
  void retryStorm() throws InterruptedException {
    holds(new RetryStorm());
  }

  @Test
  void theUsualStackMissesTheBarOfAmplification() throws InterruptedException {
    assertThat(new RetryStorm().run())
        .filteredOn(
            row ->
                row.arm().equals("usual stack")
                    && row.figure().equals("calls made for each call wanted"))
        .allSatisfy(row -> assertThat(row.value()).isGreaterThan(1.1))
        .hasSize(1);
  }

  @Test
  void flakyTool() throws InterruptedException {
    holds(new FlakyTool());
  }

  @Test
  void budgetRace() throws InterruptedException {
    holds(new BudgetRace());
  }

  @Test
  void learnedEstimates() throws InterruptedException {
    holds(new LearnedEstimates());
  }

  @Test
  void anUpperBoundReservesMoreThanTheBarAllows() throws InterruptedException {
    assertThat(new LearnedEstimates().run())
        .filteredOn(
            row -> row.arm().equals("upper bound") && row.figure().startsWith("reserved over used"))
        .allSatisfy(row -> assertThat(row.value()).isGreaterThan(1.5))
        .hasSize(2);
  }

  @Test
  void theCommandPrintsATableOrJsonAndSaysWhenABarIsMissed() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var to = new PrintStream(out, true, StandardCharsets.UTF_8);
    var errTo = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(ExperimentCommand.run(List.of("budget-race", "--json"), to, errTo)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .startsWith("[{\"experiment\":\"budget-race\"")
        .contains("\"met\":true");
    assertThat(ExperimentCommand.run(List.of("no-such"), to, errTo)).isEqualTo(2);
    assertThat(ExperimentCommand.run(List.of(), to, errTo)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("retry-storm");
    var missed = new ExperimentRow("x", "y", "z", 2, ExperimentRow.Bar.atMost(1));
    assertThat(missed.met()).isFalse();
    assertThat(new ExperimentRow("x", "y", "z", 2, ExperimentRow.Bar.atLeast(3)).met()).isFalse();
  }
}
