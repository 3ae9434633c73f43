using Xunit;
using Xunit.Abstractions;

namespace Silo.Core.Tests.Ownership.Model;

/// <summary>What the protocol's parts are for: without any one of them the explorer finds a way to break a promise.</summary>
public class OwnershipMutationTests(ITestOutputHelper output)
{
    [Fact]
    public void The_explorer_finds_the_batch_of_a_dead_one_when_batches_take_no_fence() =>
        Finds(Mutation.BatchesWithoutFence, Violation.BatchOfTheDead, 1);

    [Fact]
    public void The_explorer_finds_two_owners_when_a_lapsed_lease_is_enough_for_a_claim() =>
        Finds(Mutation.ClaimWhenLapsed, Violation.WriteOfAnotherThanTheOwner, 1);

    [Fact]
    public void The_explorer_finds_mail_of_two_owners_when_clocks_run_apart_and_there_is_no_margin() =>
        Finds(Mutation.NoMargin, Violation.LeftFromAnotherThanTheOwner, 2, "Drift", "CutOff");

    [Fact]
    public void The_explorer_finds_mail_of_two_owners_when_a_lease_is_believed_from_its_answer_on() =>
        Finds(Mutation.BelieveFromTheAnswer, Violation.LeftFromAnotherThanTheOwner, 1);

    [Fact]
    public void The_explorer_finds_mail_of_two_owners_when_a_taken_lease_is_renewed() =>
        Finds(Mutation.RenewWhatIsTaken, Violation.LeftFromAnotherThanTheOwner, 1);

    [Fact]
    public void The_explorer_finds_a_tenant_handed_over_with_mail_in_flight() =>
        Finds(Mutation.HandOverInFlight, Violation.HandedOverInFlight, 0);

    [Fact]
    public void The_explorer_finds_that_after_an_outage_whoever_comes_back_first_ends_the_others() =>
        Finds(Mutation.TakeOverAtOnce, Violation.LivingOneKilledAfterAnOutage, 1);

    // Sent in good time, it waits in the database for as long as that is silent, and finds all leases lapsed.
    [Fact]
    public void The_explorer_finds_the_same_when_only_the_process_judges_whether_it_may_take_over() =>
        Finds(Mutation.TakeOverByOwnCount, Violation.LivingOneKilledAfterAnOutage, 1);

    [Fact]
    public void The_explorer_finds_a_batch_stored_twice_when_it_is_sent_again_and_the_straggler_was_not_ended() =>
        Finds(Mutation.ResendWithoutEndingTheStraggler, Violation.BatchStoredTwice, 1);

    [Fact]
    public void The_explorer_finds_mail_that_nobody_serves_when_half_a_batch_keeps_the_fence() =>
        Finds(Mutation.TornBatchKeepsTheFence, Violation.NeverServed, 2, "TearBatch", "CutOff");

    [Fact]
    public void The_explorer_finds_mail_that_nobody_serves_when_a_tenant_is_handed_over_after_its_claim_was_given_up() =>
        Finds(Mutation.WakeOnlyTenantsOfTheDead, Violation.NeverServed, 0);

    [Fact]
    public void The_explorer_finds_two_owners_when_one_claims_again_what_it_is_handing_over() =>
        Finds(Mutation.ClaimBesideHandOver, Violation.WriteOfAnotherThanTheOwner, 0);

    [Fact]
    public void The_explorer_finds_mail_of_one_that_was_swept_when_it_is_handed_over_to_the_dead() =>
        Finds(Mutation.HandOverToTheDead, Violation.SweptWithMail, 0);

    [Fact]
    public void The_walks_find_such_things_too()
    {
        WalksFind(Mutation.RenewWhatIsTaken, Violation.LeftFromAnotherThanTheOwner);
        WalksFind(Mutation.ClaimWhenLapsed, Violation.WriteOfAnotherThanTheOwner);
        WalksFind(Mutation.ResendWithoutEndingTheStraggler, Violation.BatchStoredTwice);
        WalksFind(Mutation.WakeOnlyTenantsOfTheDead, Violation.NeverServed);
    }

    private void WalksFind(Mutation mutation, Violation violation)
    {
        var walks = new RandomWalks(new ClusterModel(new Protocol(mutation)), 4);
        var seed = 0;
        while (seed < OwnershipModelTests.Walks && walks.Walk(seed) != violation) seed++;

        output.WriteLine($"{mutation}: seed {seed}");
        Assert.True(seed < OwnershipModelTests.Walks, $"{mutation} was not found");
    }

    private void Finds(Mutation mutation, Violation violation, int faults, params string[] kinds)
    {
        var model = new ClusterModel(new Protocol(mutation), kinds);
        var liveness = violation == Violation.NeverServed ? new FairRun(model, 2) : null;

        var found = new Explorer(model, liveness).Explore(model.Begin(2, faults), 2);

        output.WriteLine(found.ToString());
        Assert.Equal(violation, found.Violation);
    }
}
