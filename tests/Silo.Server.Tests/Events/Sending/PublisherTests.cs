using Microsoft.AspNetCore.Http;
using Silo.Server.Events;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class PublisherTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Notices_arrive_signed_in_their_order_and_are_dropped_from_the_store_when_everybody_has_had_them()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, [.. Enumerable.Range(1, 350).Select(i => $"n{i}")]);
        await Patiently.Until(() => endpoint.Received.Count >= 350, "all were posted");
        Assert.Equal(Enumerable.Range(1, 350).Select(i => $"n{i}"), endpoint.Bodies);
        foreach (var received in endpoint.Received)
        {
            var (id, timestamp) = (received.Headers["webhook-id"], received.Headers["webhook-timestamp"]);
            Assert.Equal("v1," + WebhookSignatureTests.Independent(PublisherUnderTest.Secret, id, timestamp, received.Text), received.Headers["webhook-signature"]);
            Assert.Equal(under.Time.GetUtcNow().ToUnixTimeSeconds(), long.Parse(timestamp), 60d);
        }

        Assert.Equal(350, endpoint.Received.Select(r => r.Headers["webhook-id"]).Distinct().Count());
        await Patiently.Until(() => under.Sum("silo.notices.sent") == 350, "they are counted");
        await under.Pass(Second, () => under.Rows(tenant).GetAwaiter().GetResult() == 0, "they are dropped");
        // The claim was given back; what comes later is claimed anew.
        await under.Write(tenant, "later");
        await Patiently.Until(() => endpoint.Received.Count == 351, "the later one came");
    }

    [Fact]
    public async Task Each_destination_gets_what_its_set_is_told_and_the_default_ones_get_all()
    {
        await using var all = await Endpoint.Start();
        await using var news = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        under.Add("all", all);
        under.Add("news", news, "news");
        var tenant = await under.Tenant("acme");
        await under.WriteAs(tenant, "news", under.Time.GetUtcNow(), "1");
        await under.WriteAs(tenant, "other", under.Time.GetUtcNow(), "2");
        await under.WriteAs(tenant, "news", under.Time.GetUtcNow(), "3");
        await Patiently.Until(() => all.Received.Count == 3 && news.Received.Count == 2, "they came");
        Assert.Equal(["1", "2", "3"], all.Bodies);
        Assert.Equal(["1", "3"], news.Bodies);
        await under.Pass(Second, () => under.Rows(tenant).GetAwaiter().GetResult() == 0, "they are dropped");
    }

    [Fact]
    public async Task The_order_holds_over_failures_and_a_restart()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        var taken = new List<string>();
        // Every third attempt is turned away.
        var attempts = 0;
        endpoint.Answer = (received, context) =>
        {
            lock (taken)
            {
                if (++attempts % 3 == 0) context.Response.StatusCode = 503;
                else taken.Add(received.Text);
            }

            return Task.CompletedTask;
        };
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        for (var i = 1; i <= 20; i++) await under.Write(tenant, $"n{i}");
        await under.Pass(Second, () => Count(taken) >= 8, "some were taken");
        await under.Restart();
        for (var i = 21; i <= 40; i++) await under.Write(tenant, $"n{i}");
        await under.Pass(Second, () => Count(taken) >= 40, "all were taken");
        lock (taken) Assert.Equal(Enumerable.Range(1, 40).Select(i => $"n{i}"), taken);
    }

    [Fact]
    public async Task What_was_sent_before_a_crash_and_not_stored_as_such_is_sent_again_and_nothing_is_lost()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        under.Notices.FailsAdvance = true;
        await under.Write(tenant, "1", "2", "3");
        await Patiently.Until(() => endpoint.Received.Count >= 3, "they were posted");
        await under.Crash();
        await under.Write(tenant, "4");
        await Patiently.Until(() => endpoint.Bodies.Contains("4"), "the next one came");
        var bodies = endpoint.Bodies.ToList();
        Assert.Equal(["1", "2", "3"], bodies.Take(3));
        Assert.Equal(["1", "2", "3", "4"], bodies.TakeLast(4));
        // By their ids receivers know them again.
        Assert.Single(endpoint.Received.Where(r => r.Text == "2").Select(r => r.Headers["webhook-id"]).Distinct());
    }

    [Fact]
    public async Task A_lost_claim_ends_the_tenant_here_without_a_further_post()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        var hook = under.Add("hook", endpoint);
        var (tenant, other) = (await under.Tenant("acme"), await under.Tenant("other"));
        var gate = new TaskCompletionSource();
        endpoint.Answer = (received, _) => received.Text == "1" ? gate.Task : Task.CompletedTask;
        await under.Write(tenant, "1");
        await Patiently.Until(() => endpoint.Received.Count == 1, "the first one is under way");
        under.Notices.Lost.Add(tenant);
        await under.Write(tenant, "2", "3");
        gate.SetResult();
        await Patiently.Until(async () => await under.Report(hook) is null, () => "it is known to be lost");
        await under.Write(other, "x");
        await Patiently.Until(() => endpoint.Bodies.Contains("x"), "another tenant goes on");
        Assert.Equal(["1", "x"], endpoint.Bodies);
    }

    [Fact]
    public async Task A_lease_that_is_held_again_after_a_pause_costs_no_notice()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        under.Add("hook", endpoint);
        under.IsPaused = true;
        await under.Write(await under.Tenant("acme"), "1", "2");
        await Patiently.Until(() => under.Paused > 0, "it was about to be sent");
        Assert.Empty(endpoint.Received);
        under.IsPaused = false;
        await under.Pass(Second, () => endpoint.Received.Count >= 2, "they came");
        Assert.Equal(["1", "2"], endpoint.Bodies);
    }

    [Fact]
    public async Task Attempts_at_an_endpoint_that_is_away_become_rare()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 500;
        await using var under = await PublisherUnderTest.Start(u => u.Options.DisableAfter = TimeSpan.FromDays(30));
        var hook = under.Add("hook", endpoint);
        await under.Write(await under.Tenant("acme"), "1");
        var waits = new List<TimeSpan>();
        for (var failures = 1; failures <= 14; failures++)
        {
            await Patiently.Until(async () => (await under.Report(hook))?.FailedAttempts == failures, () => $"attempt {failures} failed");
            var report = await under.Report(hook);
            var wait = report!.NextAttemptAt!.Value - under.Time.GetUtcNow();
            waits.Add(wait);
            Assert.Equal(failures, endpoint.Received.Count);
            Assert.Equal("the answer was 500", report.LastError);
            under.Time.Advance(wait + TimeSpan.FromMilliseconds(5));
        }

        for (var i = 1; i < 11; i++) Assert.InRange(waits[i] / waits[i - 1], 1.9, 2.1);
        Assert.All(waits, w => Assert.InRange(w, TimeSpan.Zero, TimeSpan.FromMinutes(30)));
    }

    [Fact]
    public async Task A_destination_of_which_only_failures_come_for_a_day_is_disabled_and_says_why()
    {
        await using var dead = await Endpoint.Start();
        await using var alive = await Endpoint.Start();
        dead.Status = 500;
        await using var under = await PublisherUnderTest.Start();
        under.Add("dead", dead);
        under.Add("alive", alive);
        var tenant = await under.Tenant("acme");
        var began = under.Time.GetUtcNow();
        await under.Write(tenant, "1");
        await under.Pass(TimeSpan.FromMinutes(5), () => under.Disabled.Count > 0, "it is disabled");
        Assert.InRange(under.Time.GetUtcNow() - began, TimeSpan.FromHours(24), TimeSpan.FromHours(30));
        var (name, reason) = Assert.Single(under.Disabled);
        Assert.Equal(("dead", "nothing but failures came of it for 1.00:00:00, the last one: the answer was 500"), (name, reason));
        await Patiently.Until(() => under.Sum("silo.destinations.disabled") == 1, "it is counted");
        // What waited for it alone goes.
        await under.Pass(Second, () => under.Rows(tenant).GetAwaiter().GetResult() == 0, "its notices are dropped");
        // One that a step of the clock overtook comes again.
        Assert.Equal(["1"], alive.Bodies.Distinct());
    }

    [Fact]
    public async Task An_endpoint_that_is_gone_disables_its_destination_at_once()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 410;
        await using var under = await PublisherUnderTest.Start();
        under.Add("hook", endpoint);
        await under.Write(await under.Tenant("acme"), "1", "2");
        await Patiently.Until(() => under.Disabled.Count > 0, "it is disabled");
        Assert.Equal(("hook", "its endpoint wants no more: the answer was 410"), Assert.Single(under.Disabled));
        Assert.Single(endpoint.Received);
    }

    [Fact]
    public async Task A_notice_that_is_refused_is_given_up_after_an_hour_and_keeps_the_order_of_the_rest()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        endpoint.Answer = (received, context) =>
        {
            if (received.Text == "bad") context.Response.StatusCode = 400;
            return Task.CompletedTask;
        };
        under.Add("hook", endpoint);
        var began = under.Time.GetUtcNow();
        await under.Write(await under.Tenant("acme"), "1", "bad", "2", "3");
        await under.Pass(TimeSpan.FromMinutes(1), () => endpoint.Bodies.Contains("3"), "the rest came");
        Assert.InRange(under.Time.GetUtcNow() - began, TimeSpan.FromHours(1), TimeSpan.FromHours(3));
        Assert.Equal(["1", "2", "3"], endpoint.Bodies.Where(b => b != "bad"));
        Assert.InRange(endpoint.Bodies.Count(b => b == "bad"), 8, 30);
        await Patiently.Until(() => under.Sum("silo.notices.dropped", "refused") == 1, "it is counted");
        Assert.Empty(under.Disabled);
    }

    [Fact]
    public async Task What_an_endpoint_refuses_of_one_tenant_holds_up_no_other_at_the_same_destination()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        endpoint.Answer = (received, context) =>
        {
            if (received.Text == "bad") context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        under.Add("hook", endpoint);
        var (a, b) = (await under.Tenant("a"), await under.Tenant("b"));
        await under.Write(a, "bad");
        await Patiently.Until(() => endpoint.Bodies.Contains("bad"), "it was tried");
        for (var i = 0; i < 20; i++)
        {
            await under.Write(b, $"b{i}");
            await Patiently.Until(() => endpoint.Bodies.Contains($"b{i}"), $"b{i} came without any time passing");
        }
    }

    [Fact]
    public async Task Of_many_tenants_behind_a_dead_destination_one_tries_now_and_then_and_all_go_on_when_it_is_back()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 503;
        await using var under = await PublisherUnderTest.Start();
        var hook = under.Add("hook", endpoint);
        for (var i = 0; i < 60; i++) await under.Write(await under.Tenant($"t{i}"), $"{i}-1", $"{i}-2");
        await Patiently.Until(
            async () => await under.Report(hook) is { InHand: 0, TenantsWaiting: 60 } r && r.NextAttemptAt > under.Time.GetUtcNow(), () => "all wait");
        var before = endpoint.Received.Count;
        Assert.InRange(before, 3, 30);
        for (var minute = 0; minute < 60; minute++)
        {
            under.Time.Advance(TimeSpan.FromMinutes(1));
            await Patiently.Until(
                async () => await under.Report(hook) is { InHand: 0 } r && r.NextAttemptAt > under.Time.GetUtcNow(), () => "the attempt ended");
        }

        Assert.InRange(endpoint.Received.Count - before, 2, 16);
        endpoint.Status = 200;
        await under.Pass(TimeSpan.FromMinutes(1), () => endpoint.Bodies.Distinct().Count() == 120, "all came");
    }

    [Fact]
    public async Task Old_notices_are_dropped_and_counted_also_while_nothing_is_sent()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 500;
        await using var under = await PublisherUnderTest.Start(u => (u.Options.MaxAge, u.Options.DisableAfter) = (TimeSpan.FromHours(6), TimeSpan.FromDays(30)));
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, "1", "2", "3");
        await under.Pass(TimeSpan.FromMinutes(1), () => under.Sum("silo.notices.dropped", "too_old") == 3, "the old ones are dropped");
        endpoint.Status = 200;
        await under.Write(tenant, "4");
        await under.Pass(TimeSpan.FromMinutes(1), () => endpoint.Received.Any(r => r.Text == "4"), "the new one came");
        Assert.Equal(3, under.Sum("silo.notices.dropped", "too_old"));
    }

    [Fact]
    public async Task A_notice_of_which_nothing_can_be_made_is_given_up_and_keeps_nothing_from_being_told()
    {
        await using var endpoint = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, "1", PublisherUnderTest.Unreadable, "2");
        await Patiently.Until(() => endpoint.Received.Count == 2, "the others came");
        Assert.Equal(["1", "2"], endpoint.Bodies);
        await under.Pass(Second, () => under.Rows(tenant).GetAwaiter().GetResult() == 0, "all of them are dropped from the store");
        Assert.InRange(under.Sum("silo.notices.dropped", "unreadable"), 1, 2);
    }

    [Fact]
    public async Task Beyond_the_most_that_may_wait_the_oldest_go()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 500;
        await using var under = await PublisherUnderTest.Start(u => u.Options.MaxBehind = 1_000);
        under.Add("hook", endpoint);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, [.. Enumerable.Range(1, 2_500).Select(i => $"n{i}")]);
        await under.Pass(Second, () => under.Sum("silo.notices.dropped", "too_many") == 1_500, "what is too much is dropped");
        endpoint.Status = 200;
        await under.Pass(TimeSpan.FromMinutes(1), () => endpoint.Received.Any(r => r.Text == "n2500"), "the rest came");
        // Those that were dropped may have been tried before, one at a time.
        Assert.Equal(Enumerable.Range(1_501, 1_000).Select(i => $"n{i}"), endpoint.Bodies.Where(b => int.Parse(b.AsSpan(1)) > 1_500).Distinct());
    }

    [Fact]
    public async Task What_a_destination_does_not_want_is_not_counted_against_what_it_wants()
    {
        await using var endpoint = await Endpoint.Start();
        endpoint.Status = 500;
        await using var under = await PublisherUnderTest.Start(u => u.Options.MaxBehind = 1_000);
        under.Add("news", endpoint, "news");
        var tenant = await under.Tenant("acme");
        await under.WriteAs(tenant, "news", under.Time.GetUtcNow(), "first");
        await under.WriteAs(tenant, "other", under.Time.GetUtcNow(), [.. Enumerable.Range(1, 2_000).Select(i => $"o{i}")]);
        await under.WriteAs(tenant, "news", under.Time.GetUtcNow(), [.. Enumerable.Range(1, 500).Select(i => $"n{i}")]);
        await under.Pass(Second, () => under.Sum("silo.notices.dropped", "too_many") > 0, "what is too much is dropped");
        endpoint.Status = 200;
        await under.Pass(TimeSpan.FromMinutes(1), () => endpoint.Received.Any(r => r.Text == "n500"), "the rest came");
        Assert.Equal(Enumerable.Range(1, 500).Select(i => $"n{i}"), endpoint.Bodies.Where(b => b != "first").Distinct());
        Assert.Equal(1, under.Sum("silo.notices.dropped", "too_many"));
    }

    [Fact]
    public async Task A_destination_that_is_mended_is_tried_at_once()
    {
        await using var wrong = await Endpoint.Start();
        await using var right = await Endpoint.Start();
        wrong.Status = 404;
        await using var under = await PublisherUnderTest.Start();
        var hook = under.Add("hook", wrong);
        await under.Write(await under.Tenant("acme"), "1");
        for (var i = 1; i <= 11; i++)
            await under.Pass(TimeSpan.FromMinutes(1), () => wrong.Received.Count >= i, "it failed often");
        await Patiently.Until(async () => (await under.Report(hook))!.InHand == 0, () => "the attempt ended");
        under.Add("hook", right);
        under.Time.Advance(TimeSpan.FromSeconds(6));
        await Patiently.Until(() => right.Received.Count == 1, "it is tried");
    }

    [Fact]
    public async Task A_crash_loses_nothing_of_a_destination_that_never_took_anything_behind_a_backlog_that_was_looked_through()
    {
        await using var dead = await Endpoint.Start();
        await using var alive = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        dead.Status = 500;
        under.Add("dead", dead);
        under.Add("alive", alive);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, "n1");
        await Patiently.Until(() => dead.Received.Count > 0 && alive.Received.Count == 1, "it is tried");
        await under.Write(tenant, [.. Enumerable.Range(2, 249).Select(i => $"n{i}")]);
        await Patiently.Until(() => alive.Received.Count == 250, "the other one has all");
        await under.Crash();
        dead.Status = 200;
        var before = dead.Received.Count;
        await under.Pass(Second, () => dead.Bodies.Contains("n250"), "it has all");
        Assert.Equal(Enumerable.Range(1, 250).Select(i => $"n{i}"), dead.Bodies.Skip(before));
    }

    [Fact]
    public async Task A_crash_loses_nothing_of_a_destination_that_died_after_the_store_had_forgotten_all_cursors()
    {
        await using var dead = await Endpoint.Start();
        await using var alive = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        var hook = under.Add("dead", dead);
        under.Add("alive", alive);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, [.. Enumerable.Range(1, 1_000).Select(i => $"n{i}")]);
        await Patiently.Until(
            async () => await under.Rows(tenant) == 0 && (await under.Notices.FindCursors(hook.Id, default)).Count == 0, () => "all is dropped");
        dead.Status = 500;
        await under.Write(tenant, [.. Enumerable.Range(1_001, 250).Select(i => $"n{i}")]);
        await Patiently.Until(() => dead.Received.Count > 1_000 && alive.Received.Count == 1_250, "the other one has all");
        await under.Crash();
        dead.Status = 200;
        var before = dead.Received.Count;
        await under.Pass(Second, () => dead.Bodies.Contains("n1250"), "it has all");
        Assert.Equal(Enumerable.Range(1_001, 250).Select(i => $"n{i}"), dead.Bodies.Skip(before).Distinct());
    }

    [Fact]
    public async Task A_destination_that_is_enabled_again_goes_on_where_it_was_with_what_is_still_kept()
    {
        await using var dead = await Endpoint.Start();
        await using var gone = await Endpoint.Start();
        await using var under = await PublisherUnderTest.Start();
        dead.Status = 500;
        // This one keeps the notices.
        under.Add("dead", dead);
        gone.Answer = (received, context) =>
        {
            if (received.Text == "2") context.Response.StatusCode = 410;
            return Task.CompletedTask;
        };
        var hook = under.Add("gone", gone);
        var tenant = await under.Tenant("acme");
        await under.Write(tenant, "1", "2", "3");
        await Patiently.Until(() => under.Disabled.Count == 1, "it is disabled");
        await under.Write(tenant, "4");
        await Patiently.Until(() => dead.Received.Count > 0, "the other one is tried");
        gone.Answer = null;
        under.Add("gone", gone);
        await under.Pass(TimeSpan.FromSeconds(2), () => gone.Bodies.Contains("4"), "it goes on");
        Assert.Equal(["1", "2", "2", "3", "4"], gone.Bodies);
        Assert.Equal(hook.Id, under.Add("gone", gone).Id);
    }

    private static int Count(List<string> list)
    {
        lock (list) return list.Count;
    }
}
