//! The Python SDK, in a process of its own, told when to work.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::server::Server;

/// The interpreter is named here.
const INTERPRETER: &str = "PRISMA_CLOUD_BENCH_PYTHON";

/// The SDK against the server of the benchmarks.
pub struct Python {
    process: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Python {
    /// Starts it if `PRISMA_CLOUD_BENCH_PYTHON` names an interpreter that has it, and says so if not.
    pub fn start(server: &Server) -> Option<Self> {
        let Some(interpreter) = std::env::var_os(INTERPRETER) else {
            println!("SKIPPED: {INTERPRETER} names no interpreter with prismacloud-api");
            return None;
        };
        Some(Self::of(&interpreter, server))
    }

    fn of(interpreter: &OsStr, server: &Server) -> Self {
        let mut process = Command::new(interpreter)
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/benches/python_sdk.py"
            ))
            .arg(server.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let orders = process.stdin.take().expect("its input");
        let answers = process.stdout.take().expect("its output");
        Self {
            process,
            orders,
            answers: BufReader::new(answers).lines(),
        }
    }

    /// Has it list all alerts, and tells how long that took.
    pub fn listing(&mut self) -> Duration {
        self.work("listing")
    }

    /// Has it call for a policy, and tells how long that took.
    pub fn call(&mut self) -> Duration {
        self.work("call")
    }

    fn work(&mut self, order: &str) -> Duration {
        writeln!(self.orders, "{order}").expect("the Python SDK listens");
        let answer = self.answers.next().expect("the Python SDK answers");
        let seconds = answer.expect("text").parse().expect("seconds");
        Duration::from_secs_f64(seconds)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It holds a listing in memory and has nothing to lose.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
