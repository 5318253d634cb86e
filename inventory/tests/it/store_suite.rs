//! The same scenarios on SQLite (one test each) and on PostgreSQL (one server for all of them).

use crate::databases::{Server, Store};
use crate::scenarios;

macro_rules! suite {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    scenarios::$name(&Store::sqlite()).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn postgres_passes_the_same_suite() {
            let server = Server::start();
            $(
                eprintln!("scenario {}", stringify!($name));
                scenarios::$name(&server.store().await).await;
            )*
            let (lite, post) = (Store::sqlite(), server.store().await);
            assert_eq!(scenarios::told(&lite).await, scenarios::told(&post).await, "the two databases tell different stories");
        }
    };
}

suite![
    a_status_is_in_force_at_once_recorded_and_told_to_the_twin,
    a_status_ends_with_its_time,
    an_owner_is_named_and_taken_away,
    a_file_is_taken_in_once,
    services_are_filtered_sorted_and_paged,
    records_become_decisions_callers_models_and_uses,
    taking_in_records_twice_or_in_other_batches_changes_nothing,
    a_rebuild_ends_with_the_same_rows_and_tells_the_twin_nothing,
    records_out_of_order_leave_no_trace,
    decisions_are_paged_without_losing_or_doubling_any,
    an_approval_is_decided_at_most_once,
    what_the_log_says_about_an_approval_comes_first,
    a_key_opens_until_revoked_and_is_stored_as_a_hash,
    people_sign_in_with_password_session_and_one_time_token,
    changes_wait_until_they_are_in_the_log,
    writers_of_several_processes_keep_sequences_without_gaps,
    sinks_keep_their_place_and_compaction_keeps_the_newest_state,
    the_overview_counts_what_is_there,
];
