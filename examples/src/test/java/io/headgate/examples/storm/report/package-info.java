@NullMarked
package io.headgate.examples.storm.report;

import org.jspecify.annotations.NullMarked;
