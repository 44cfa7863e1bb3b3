//! The program itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "fedcba9876543210fedcba9876543210";

fn simulator(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_simulator"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn it_announces_a_demo_account_and_stops_when_asked() {
    for signal in ["TERM", "INT"] {
        let mut program = simulator(&["--listen", "127.0.0.1:0", "--account-sid", SID, "--auth-token", TOKEN]);
        let mut lines = BufReader::new(program.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let first = lines.next().unwrap();
        let base_url = first.strip_prefix("Simulator: ").unwrap();
        assert_eq!(lines.next().unwrap(), format!("Account SID: {SID}"));
        assert_eq!(lines.next().unwrap(), format!("Auth Token: {TOKEN}"));

        let url = format!("{base_url}/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json");
        let answer = reqwest::Client::new()
            .get(url)
            .basic_auth(SID, Some(TOKEN))
            .send()
            .await
            .unwrap();
        let body: serde_json::Value = answer.json().await.unwrap();
        let numbers: Vec<_> = body["incoming_phone_numbers"].as_array().unwrap().iter().collect();
        let shown: Vec<_> = numbers
            .iter()
            .map(|number| number["phone_number"].as_str().unwrap())
            .collect();
        assert_eq!(shown, ["+14155550100", "+442071838750", "+14155550123"]);
        assert_eq!(numbers[1]["voice_url"], "https://example.com/voice");

        let id = program.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(program.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn it_refuses_other_machines_and_malformed_credentials() {
    let cases: [(&[&str], &str); 3] = [
        (&["--listen", "0.0.0.0:0"], "--allow-remote"),
        (&["--account-sid", "AC12"], "32 hexadecimal digits"),
        (&["--auth-token", "short"], "at least 32 characters"),
    ];
    for (arguments, words) in cases {
        let output = simulator(arguments).wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn the_library_refuses_other_machines_too() {
    assert!(simulator::Simulator::start(([0, 0, 0, 0], 0).into()).await.is_err());
}
