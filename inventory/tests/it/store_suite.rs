//! The same scenarios on SQLite (one test each) and on PostgreSQL (one server for all of them).

use crate::databases::{Server, Store};
use crate::scenarios;

macro_rules! suite {
    ($($topic:ident::$name:ident),* $(,)?) => {
        mod sqlite {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    scenarios::$topic::$name(&Store::sqlite()).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn postgres_passes_the_same_suite() {
            let server = Server::start();
            $(
                eprintln!("scenario {}", stringify!($name));
                scenarios::$topic::$name(&server.store().await).await;
            )*
            let (lite, post) = (Store::sqlite(), server.store().await);
            assert_eq!(scenarios::told(&lite).await, scenarios::told(&post).await, "the two databases tell different stories");
        }
    };
}

suite![
    services::a_status_is_in_force_at_once_recorded_and_told_to_the_twin,
    services::a_status_ends_with_its_time,
    services::an_owner_is_named_and_taken_away,
    services::a_file_is_taken_in_once,
    services::a_log_that_was_renamed_rotated_compressed_or_has_grown_counts_once,
    services::files_of_one_name_stay_apart_in_the_evidence,
    services::services_are_filtered_sorted_and_paged,
    assets::models_callers_and_keys_have_use_by_day_and_evidence,
    assets::a_choice_about_an_asset_is_in_force_recorded_and_told_without_names,
    assets::a_status_of_an_asset_ends_with_its_time,
    assets::assets_are_filtered_sorted_and_paged,
    assets::choices_outlive_a_rebuild_and_sums_come_back,
    assets::sums_of_assets_agree_with_callers_and_models,
    assets::a_key_is_listed_before_its_use_and_after_its_end,
    assets::a_caller_that_is_a_person_is_listed_and_not_fed,
    assets::odd_names_of_models_stop_nothing,
    log::records_become_decisions_callers_models_and_uses,
    log::taking_in_records_twice_or_in_other_batches_changes_nothing,
    log::a_rebuild_ends_with_the_same_rows_and_tells_the_twin_nothing,
    log::records_out_of_order_leave_no_trace,
    log::what_cannot_be_read_is_passed_over_and_the_rest_is_taken_in,
    log::counts_of_any_size_are_summed_without_end,
    log::decisions_are_paged_without_losing_or_doubling_any,
    people::an_approval_is_decided_at_most_once,
    people::what_the_log_says_about_an_approval_comes_first,
    people::a_key_opens_until_revoked_and_is_stored_as_a_hash,
    people::people_sign_in_with_password_session_and_one_time_token,
    people::accounts_are_shut_reopened_and_thrown_out,
    tools::a_definition_is_known_once_seen_and_stands_by_what_was_decided,
    tools::the_first_definition_of_a_tool_is_approved_where_it_is_taken_on_trust,
    tools::decisions_about_tools_outlive_a_rebuild_and_are_recorded,
    tools::definitions_are_filtered_and_paged,
    tools::a_definition_that_nobody_decides_about_is_forgotten_after_a_while,
    outboxes::changes_wait_until_they_are_in_the_log,
    outboxes::a_text_that_no_record_can_hold_is_refused,
    outboxes::writers_of_several_processes_keep_sequences_without_gaps,
    outboxes::the_twin_outbox_keeps_what_a_sink_has_not_got_and_no_more,
    outboxes::a_sink_that_is_silent_for_long_holds_nothing_back,
    outboxes::what_a_sink_gave_up_can_be_told_again,
    outboxes::a_person_has_a_pseudonym_in_the_twin,
    outboxes::sinks_keep_their_place_and_compaction_keeps_the_newest_state,
    log::the_overview_counts_what_is_there,
];
