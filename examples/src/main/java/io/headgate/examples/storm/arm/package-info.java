/**
 * The two hosts that run through the storm: one that does as most do, one that uses Headgate.
 *
 * <p>Each starts a virtual thread per job, which makes the job's calls one after the other through
 * LangChain4j's OpenAI client. What differs is only what stands between.
 */
@NullMarked
package io.headgate.examples.storm.arm;

import org.jspecify.annotations.NullMarked;
