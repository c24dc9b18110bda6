package io.headgate.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.Agent;
import io.headgate.By;
import io.headgate.Headgate;
import io.headgate.Job;
import io.headgate.Priority;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.FolderJournal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was refused, and what operators said, who and why: in the journal and in all that reads it.
 */
@Timeout(60)
class OnRecordTest {
  private static final By ANN = new By("ann <ops>", "it loops & \"burns\"");
  private static final int PAUSED = 5;
  private static final int CLOSED = 3;

  @TempDir static Path folder;

  private final CommandLineRun line = new CommandLineRun();

  @BeforeAll
  static void aNight() {
    try (Headgate headgate =
        Headgate.builder()
            .journal(FolderJournal.in(folder.resolve("night"), s -> s.eachRefusal(true)))
            .build()) {
      Agent crawler = headgate.agent("crawler");
      Target tool = headgate.target("search");
      Task<String> task = Task.of(crawler, tool, _ -> "");
      Job job = headgate.job("ticket-1", j -> j.tokenBudget(100));
      var _ = headgate.operator().pause(crawler, Duration.ofHours(1), ANN);
      refuse(job, task, PAUSED);
      var _ = headgate.operator().tokenBudget("ticket-1", 500, ANN);
      var _ = headgate.operator().admit(Priority.BACKGROUND, Duration.ofHours(1), ANN);
      job.close();
      Job gone = headgate.job("ticket-2", j -> j);
      gone.close();
      refuse(gone, task, CLOSED);
    }
  }

  private static void refuse(Job job, Task<String> task, int times) {
    for (int i = 0; i < times; i++) {
      assertThat(job.submit(task)).isInstanceOf(Refused.class);
    }
  }

  private String said(String... arguments) throws Exception {
    assertThat(line.run(arguments)).isZero();
    return line.said();
  }

  private static String night() {
    return folder.resolve("night").toString();
  }

  @Test
  void statsHasThemByMinuteAgentTargetAndJobWithTheReasons() throws Exception {
    for (String by : List.of("minute", "agent", "target")) {
      List<String> lines = said("stats", night(), "--by", by).lines().toList();
      assertThat(lines).as(by).hasSize(3);
      for (String row : lines.subList(1, 3)) {
        assertThat(row.split(" +")).as(by).contains("8", "0", "8");
        assertThat(row).as(by).endsWith("  AGENT_PAUSED 5, JOB_CLOSED 3");
      }
    }
    List<String> jobs = said("stats", night(), "--by", "job").lines().toList();
    assertThat(jobs).anyMatch(l -> l.startsWith("ticket-1 ") && l.endsWith("  AGENT_PAUSED 5"));
    assertThat(jobs).anyMatch(l -> l.startsWith("ticket-2 ") && l.endsWith("  JOB_CLOSED 3"));
  }

  @Test
  void inspectTellsOfThem() throws Exception {
    List<String> counts = said("inspect", night(), "--kind", "refusals", "--json").lines().toList();
    assertThat(counts).hasSize(3);
    JsonNode all = new JsonMapper().readTree(counts.getFirst());
    assertThat(all.path("AGENT_PAUSED").asLong()).isEqualTo(PAUSED);
    assertThat(all.path("JOB_CLOSED").asLong()).isEqualTo(CLOSED);
    assertThat(all.has("agent") || all.has("target")).isFalse();
    assertThat(said("inspect", night(), "--kind", "refused", "--job", "ticket-2").lines())
        .hasSize(CLOSED)
        .allMatch(l -> l.contains("agent=crawler target=search reason=JOB_CLOSED"));
    assertThat(said("inspect", night(), "--kind", "said", "--agent", "crawler"))
        .contains("who=ann <ops> why=it loops & \"burns\" word=pause about=agent crawler", "PT1H");
    assertThat(said("inspect", night(), "--kind", "said").lines()).hasSize(3);
  }

  @Test
  void jobTellsOfThem() throws Exception {
    assertThat(said("job", night(), "ticket-1"))
        .contains("a task of crawler at search was refused: AGENT_PAUSED")
        .contains(
            "operator ann <ops>: token budget job ticket-1 from 100 to 500 tokens, since: it"
                + " loops");
    assertThat(said("job", night(), "ticket-2")).doesNotContain("ann");
  }

  @Test
  void reportTellsOfThem() throws Exception {
    Path page = folder.resolve("night.html");
    String _ = said("report", night(), "--output", page.toString());
    assertThat(Files.readString(page))
        .contains(
            "8 refused: AGENT_PAUSED 5, JOB_CLOSED 3.",
            "Refused, a minute",
            "<td>ann &lt;ops&gt;</td><td>pause agent crawler for PT1H</td>"
                + "<td>it loops &amp; \"burns\"</td>");
  }

  @Test
  void verifyLeavesThemAlone() throws Exception {
    assertThat(said("verify", night())).endsWith("every decision is as it was\n");
  }
}
