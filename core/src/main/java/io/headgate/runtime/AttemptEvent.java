package io.headgate.runtime;

import io.headgate.engine.AttemptEnd;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** JFR: one attempt, from the begin of its call to its end, on the attempt's thread. */
@Name("io.headgate.Attempt")
@Label("Attempt")
@Category("Headgate")
@Description("One run of a task's call")
@StackTrace(false)
final class AttemptEvent extends Event {
  @Label("Task")
  long task;

  @Label("Number")
  int number;

  @Label("Job")
  String job = "";

  @Label("Agent")
  String agent = "";

  @Label("Target")
  String target = "";

  @Label("End")
  String end = "";

  void commit(TaskHandle<?> task, int number, AttemptEnd end) {
    if (shouldCommit()) {
      this.task = task.taskId();
      this.number = number;
      this.job = task.job().id();
      this.agent = task.agentGate().id();
      this.target = task.targetGate().id();
      this.end = end.name();
      commit();
    }
  }
}
