using Silo.Core.Suspension;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Storage;
using Xunit;
using static Silo.Server.Tests.Intake.SendsUnderTest;

namespace Silo.Server.Tests.Intake;

public sealed class RepeatedSendTests
{
    [Fact]
    public async Task A_repeated_call_gets_the_first_ones_message_id_and_is_sent_once_also_after_a_restart()
    {
        await using var sends = await Start();
        var first = Accepted(await sends.Send(Key(1)));
        Assert.Equal(first, Accepted(await sends.Send(Key(1))));
        await sends.Engine.UntilNothingIsOpen(default, "a");
        await sends.Engine.Restart();
        Assert.Equal(first, Accepted(await sends.Send(Key(1))));
        Assert.Equal(1, (await sends.Engine.Books("a")).Delivered);
        Assert.NotEqual(first, Accepted(await sends.Send(Key(2))));
    }

    [Fact]
    public async Task Another_content_under_the_same_key_is_a_conflict_that_names_it_in_line_and_on_disk()
    {
        await using var sends = await Start();
        var (hold, inLine) = (new TaskCompletionSource(), 0);
        sends.Engine.Spool.HoldsWrite = w => w.Send is null ? null : hold.Task;
        sends.Engine.Spool.Sees = w => inLine += w.Send is null ? 0 : 1;
        var first = sends.Send(Key(1)).AsTask();
        await sends.Engine.Until(() => inLine == 1, "the first is in line");
        var early = await sends.Send(Key(1, lookFirst: false, content: 2));
        hold.SetResult();
        await first;
        foreach (var reply in new[] { early, await sends.Send(Key(1, content: 2)) })
        {
            Assert.Equal(SendRefusal.Conflict, reply.Refusal);
            Assert.Contains("'key-1'", reply.Message);
        }

        Accepted(await sends.Send(Key(1)));
    }

    [Fact]
    public async Task Twenty_calls_at_once_under_one_key_are_one_message()
    {
        await using var sends = await Start();
        // None of them sees another in the store when it looks.
        var (looking, all) = (0, new TaskCompletionSource());
        sends.Engine.Spool.BeforeSendRead = () =>
        {
            if (Interlocked.Increment(ref looking) == 20) all.SetResult();
            return all.Task;
        };
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => sends.Send(Key(1)).AsTask())));
        Assert.Single(replies.Select(Accepted).Distinct());
        await sends.Engine.UntilNothingIsOpen(default, "a");
        Assert.Equal(1, (await sends.Engine.Books("a")).Accepted);
    }

    [Fact]
    public async Task A_first_attempt_that_its_retry_overtook_is_no_second_message_even_when_the_tenant_has_moved()
    {
        await using var sends = await Start();
        var retry = Accepted(await sends.Send(Key(1)));
        // In memory nothing is known of it any more: another silo has the tenant.
        await sends.Engine.Restart();
        Assert.Equal(retry, Accepted(await sends.Send(Key(1, lookFirst: false))));
        await sends.Engine.UntilNothingIsOpen(default, "a");
        Assert.Equal(1, (await sends.Engine.Books("a")).Accepted);
    }

    [Fact]
    public async Task When_it_is_not_known_whether_the_first_was_stored_the_store_is_asked()
    {
        await using var sends = await Start();
        sends.Engine.Spool.DeniesWrite = w => w.Send is not null;
        var (spool, tenant) = (sends.Engine.Spool, await sends.Engine.KeyOf("a"));
        spool.BeforeSendRead = () => spool.WhenCommitted(spool.Enqueue(new SpoolWrite { TenantKey = tenant }), default).AsTask();
        var first = Accepted(await sends.Send(Key(1, lookFirst: false)));
        sends.Engine.Spool.DeniesWrite = null;
        Assert.Equal(first, Accepted(await sends.Send(Key(1))));
        Assert.Equal(1, (await sends.Engine.Books("a")).Accepted);
    }

    [Fact]
    public async Task A_process_that_ends_between_commit_and_answer_leaves_the_key_to_the_next()
    {
        await using var sends = await Start();
        var (hold, sent) = (new TaskCompletionSource(), (string?)null);
        sends.Engine.Spool.Sees = w => sent ??= w.Send?.MessageId;
        sends.Engine.Spool.HoldsWrite = w => w.Send is null ? null : hold.Task;
        var lost = sends.Send(Key(1)).AsTask();
        await sends.Engine.Until(async () => await sends.Engine.Store.Spool.FindSend(1, sends.Engine.Time.GetUtcNow(), default) is not null, "stored");
        await sends.Engine.Crash();
        Assert.Equal(sent, Accepted(await sends.Send(Key(1))));
        Assert.False(lost.IsCompleted);
        Assert.Equal(1, (await sends.Engine.Books("a")).Accepted);
    }

    [Fact]
    public async Task A_send_that_failed_or_was_refused_uses_up_no_key()
    {
        await using var sends = await Start();
        sends.Engine.Spool.FailsWrite = w => w.Send is not null;
        Assert.Equal(SendRefusal.Unavailable, (await sends.Send(Key(1))).Refusal);
        sends.Engine.Spool.FailsWrite = null;
        await sends.Engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "Test."), default);
        Assert.Equal(SendRefusal.MessageRejected, (await sends.Send(Key(1))).Refusal);
        await sends.Engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "Test."), default);
        var first = Accepted(await sends.Send(Key(1, content: 2)));
        // What was accepted is so, whatever would be said to it now.
        await sends.Engine.Tenants.Get("a").SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "Test."), default);
        Assert.Equal(first, Accepted(await sends.Send(Key(1, content: 2))));
    }

    [Fact]
    public async Task After_a_day_a_key_may_be_used_again()
    {
        await using var sends = await Start();
        var first = Accepted(await sends.Send(Key(1)));
        sends.Engine.Time.Advance(TimeSpan.FromHours(24.1));
        Assert.NotEqual(first, Accepted(await sends.Send(Key(1))));
    }

    [Fact]
    public void Entries_of_one_call_have_keys_of_their_own()
    {
        var keys = Enumerable.Range(0, 50).Select(i => Key(1).ForEntry(i).Key).ToList();
        Assert.Equal(50, keys.Distinct().Count());
        Assert.Equal(keys[3], Key(1).ForEntry(3).Key);
        Assert.NotEqual(keys[3].Call, Key(2).ForEntry(3).Key.Call);
        Assert.All(keys, k => Assert.Equal((UInt128)1, k.Content));
    }

    private static string Accepted(SendReply reply)
    {
        Assert.True(reply.Refusal == SendRefusal.None, $"{reply.Refusal}: {reply.Message}");
        return reply.MessageId!;
    }
}
