using System.Text.Json;
using System.Text.Json.Nodes;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Scenarios;

/// <summary>Makes a scenario of its JSON and notes every error, each with the path of its member.</summary>
internal sealed class ScenarioReader(List<string> errors)
{
    // What a machine can bear that a run may be given by mistake.
    private const int MaxTenants = 1_000_000;
    private const double MaxRate = 1_000_000;
    private const long MaxMessages = 100_000_000;
    private const int MaxSenders = 5_000;
    private const double MaxSeconds = 86_400;
    private const int MaxMessageBytes = 30_000_000;

    public Scenario Read(string name, JsonObject json)
    {
        var reader = new MemberReader(json, "", errors);
        var month = ReadMonth(reader);
        var scenario = new Scenario
        {
            Name = name,
            Summary = reader.RequiredText("summary", 500),
            Server = ReadServer(reader),
            Sink = ReadSink(reader),
            Month = month,
            Tenants = [.. reader.Named("tenants").Select(t => ReadGroup(t.Name, t.Value))],
            Flows = [.. reader.Named("flows").Select(f => ReadFlow(f.Name, f.Value))],
            Webhooks = [.. reader.Named("webhooks").Select(w => ReadWebhook(w.Name, w.Value))],
            Acts = [.. reader.Named("acts").Select(a => ReadAct(a.Name, a.Value))],
            Drain = Seconds(reader, "drainSeconds", 60),
            DrainQuiet = Seconds(reader, "drainQuietSeconds", 10),
            Verdicts = [.. reader.Named("verdicts").Select(v => ReadVerdict(v.Name, v.Value))],
        };
        reader.End();
        CheckReferences(scenario);
        return scenario;
    }

    private static TimeSpan Seconds(MemberReader reader, string member, double otherwise) =>
        TimeSpan.FromSeconds(reader.Number(member, 0, MaxSeconds, otherwise));

    private ServerSpec ReadServer(MemberReader reader)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.Object("server") is not { } server) return new ServerSpec(settings, 0);
        if (server.Whole("settings") is { } node)
        {
            if (node is not JsonObject all) server.Fail("settings", "must be an object of keys and values");
            else
            {
                foreach (var (key, value) in all)
                {
                    if (!key.StartsWith("Silo:", StringComparison.Ordinal))
                        server.Fail($"settings.{key}", "must be a key that begins with Silo:");
                    if (value is JsonValue) settings[key] = value.ToString();
                    else server.Fail($"settings.{key}", "must be a value");
                }
            }
        }

        var disk = server.LongCount("diskMiB", 0, 1_048_576, 0) << 20;
        server.End();
        return new ServerSpec(settings, disk);
    }

    private static SinkSpec ReadSink(MemberReader reader)
    {
        if (reader.Object("sink") is not { } sink) return new SinkSpec([], true, 0);
        var providers = sink.Whole("providers") as JsonArray ?? [];
        if (sink.Has("providers") && sink.Whole("providers") is not JsonArray) sink.Fail("providers", "must be an array of profiles");
        try
        {
            _ = new ProviderBook(ProviderBook.Read(JsonSerializer.SerializeToUtf8Bytes(providers)), 0);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            sink.Fail("providers", $"are wrong: {e.Message}");
        }

        var spec = new SinkSpec(providers, sink.Flag("checksOrder", otherwise: true), sink.Number("dkimShare", 0, 1, 0));
        sink.End();
        return spec;
    }

    private static TenantGroup ReadGroup(string name, MemberReader reader)
    {
        var group = new TenantGroup(name, reader.Count("count", 1, MaxTenants, 1), reader.Whole("limits") as JsonObject);
        if (reader.Has("limits") && group.Limits is null) reader.Fail("limits", "must be an object");
        reader.End();
        return group;
    }

    private static FlowSpec ReadFlow(string name, MemberReader reader)
    {
        var arrivals = reader.OneOf("arrivals", Arrivals.Poisson);
        Burst? burst = null;
        if (reader.Object("burst") is { } b)
        {
            burst = new Burst(b.Number("everySeconds", 0.01, MaxSeconds, 1), b.Count("size", 1, 10_000_000, 1));
            b.End();
        }

        var flow = new FlowSpec
        {
            Name = name,
            Tenants = reader.RequiredText("tenants"),
            Arrivals = arrivals,
            Rate = reader.Number("rate", 0, MaxRate, 0),
            Burst = burst,
            Messages = reader.LongCount("messages", 1, MaxMessages, MaxMessages),
            From = Seconds(reader, "fromSeconds", 0),
            Time = Seconds(reader, "seconds", 60),
            Senders = reader.Count("senders", 1, MaxSenders, 16),
            Zipf = reader.Number("zipf", 0, 5, 0),
            Kinds = ReadKinds(reader),
            Domains = reader.Weights("domains") is { Count: > 0 } domains
                ? domains
                : new Dictionary<string, double> { ["recipient.example"] = 1 },
            Fates = ReadFates(reader),
            Stream = reader.OneOf("stream", MailStreamName.Normal),
            Tag = ReadTag(reader),
            Retries = reader.Flag("retries"),
            Door = reader.Text("door"),
            Webhook = reader.Text("webhook"),
        };
        if (arrivals != Arrivals.Flood && flow is { Rate: 0, Burst: null })
            reader.Fail("rate", "or burst is required, unless arrivals is flood");
        if (arrivals == Arrivals.Flood && !reader.Has("messages")) reader.Fail("messages", "is required of a flood");
        if (arrivals == Arrivals.Flood && (flow.Rate > 0 || burst is not null)) reader.Fail("rate", "and burst mean nothing for a flood");
        if (flow.Domains.Values.Sum() <= 0) reader.Fail("domains", "must not all be 0");
        if (flow.Kinds.Sum(k => k.Weight) <= 0) reader.Fail("kinds", "must not all have the weight 0");
        if (flow.Fates.Values.Sum() > 1) reader.Fail("fates", "must not add up to more than 1");
        if (flow.Door is not (null or "ses" or "smtp" or "cluster")) reader.Fail("door", "must be ses, smtp or cluster");
        reader.End();
        return flow;
    }

    private static IReadOnlyList<MessageKind> ReadKinds(MemberReader reader)
    {
        var kinds = new List<MessageKind>();
        foreach (var kind in reader.Objects("kinds"))
        {
            kinds.Add(new MessageKind(
                kind.Count("bytes", 1, MaxMessageBytes, 4096), kind.Count("attachmentBytes", 0, MaxMessageBytes, 0), kind.Text(
                    "template", 64),
                kind.Number("weight", 0, 1e9, 1)));
            kind.End();
        }

        return kinds.Count > 0 ? kinds : [new MessageKind(4096)];
    }

    private static Dictionary<LoadFate, double> ReadFates(MemberReader reader)
    {
        var fates = new Dictionary<LoadFate, double>();
        if (reader.Object("fates") is not { } given) return fates;
        foreach (var fate in new[] { LoadFate.Bounce, LoadFate.Complain, LoadFate.Defer })
            if (given.OptionalNumber(LoadAddress.NameOf(fate), 0, 1) is { } share) fates[fate] = share;
        given.End();
        return fates;
    }

    private static (string, string)? ReadTag(MemberReader reader)
    {
        if (reader.Object("tag") is not { } tag) return null;
        var (name, value) = (tag.RequiredText("name", 64), tag.RequiredText("value", 64));
        foreach (var (member, text) in new[] { ("name", name), ("value", value) })
            if (!text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
                tag.Fail(member, "must consist of letters, digits, - and _");
        tag.End();
        return (name, value);
    }

    private static WebhookSpec ReadWebhook(string name, MemberReader reader)
    {
        var webhook = new WebhookSpec(name, TimeSpan.FromMilliseconds(reader.Number("answerAfterMs", 0, 600_000, 0)));
        reader.End();
        return webhook;
    }

    private static ActSpec ReadAct(string name, MemberReader reader)
    {
        if (!reader.Has("do")) reader.Fail("do", "is required");
        var kind = reader.OneOf("do", ActKind.Restart);
        var act = new ActSpec(
            name, kind, Seconds(reader, "atSeconds", 0), reader.Text("afterFlow"), Seconds(reader, "forSeconds", 1),
            reader.Text("tenants"), reader.Text("flow"),
            reader.Whole("limits") as JsonObject, reader.LongCount("leaveMiB", 0, 1_048_576, 0) << 20);
        var needsTenants = kind is ActKind.Pause or ActKind.WatchPause or ActKind.SetLimits;
        if (needsTenants && act.Tenants is null) reader.Fail("tenants", "is required here");
        if (!needsTenants && act.Tenants is not null) reader.Fail("tenants", "means nothing here");
        if (kind == ActKind.Cancel && act.Flow is null) reader.Fail("flow", "is required here");
        if (kind == ActKind.SetLimits && act.Limits is null) reader.Fail("limits", "is required here");
        reader.End();
        return act;
    }

    private static MonthSpec? ReadMonth(MemberReader reader)
    {
        if (reader.Object("month") is not { } month) return null;
        var caps = new List<long>();
        if (month.Whole("caps") is { } node)
        {
            if (node is JsonArray all && all.All(
                c => c is JsonValue value && value.TryGetValue<long>(out var cap) && cap is >= 1 and <= 1_000_000_000))
                caps.AddRange(all.Select(c => c!.GetValue<long>()));
            else month.Fail("caps", "must be an array of whole numbers from 1 to 1,000,000,000");
        }

        var spec = new MonthSpec(caps, month.Count("days", 1, 365, 45), month.LongCount("dailyVolume", 1, 1_000_000, 1));
        month.End();
        return spec;
    }

    private static VerdictSpec ReadVerdict(string name, MemberReader reader)
    {
        var exactly = reader.OptionalNumber("exactly", -1e15, 1e15);
        var verdict = new VerdictSpec(
            name, reader.RequiredText("figure"), exactly ?? reader.OptionalNumber("atLeast", -1e15, 1e15),
            exactly ?? reader.OptionalNumber("atMost", -1e15, 1e15), reader.Text("of"), reader.Number("times", 0, 1e9, 1),
            reader.Number("plus", -1e15, 1e15, 0));
        if (verdict is { AtLeast: null, AtMost: null, Of: null }) reader.Fail("atMost", "or atLeast, exactly or of is required");
        if (verdict.Of is not null && (verdict.AtLeast ?? verdict.AtMost) is not null)
            reader.Fail("of", "does not go with atMost, atLeast or exactly");
        reader.End();
        return verdict;
    }

    private void CheckReferences(Scenario scenario)
    {
        if (scenario.Verdicts.Count == 0) errors.Add("verdicts is required: a scenario states what it promises");
        if (scenario.Month is null == (scenario.Flows.Count == 0)) errors.Add("flows is required, or month in its place");
        var groups = scenario.Tenants.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var flow in scenario.Flows)
        {
            if (!groups.Contains(flow.Tenants)) errors.Add($"flows.{flow.Name}.tenants: there is no group {flow.Tenants} in tenants");
            var kind = flow.Kinds.Index().FirstOrDefault(k => k.Item.Template is not null);
            if (kind.Item is not null && flow.Door is not ("ses" or "cluster"))
                errors.Add($"flows.{flow.Name}.kinds[{kind.Index}].template needs the door ses or cluster");
            if (flow.Webhook is { } webhook && scenario.Webhooks.All(w => w.Name != webhook))
                errors.Add($"flows.{flow.Name}.webhook: there is no {webhook} in webhooks");
        }

        foreach (var act in scenario.Acts)
        {
            if (act.Tenants is { } group && !groups.Contains(group))
                errors.Add($"acts.{act.Name}.tenants: there is no group {group} in tenants");
            if (act.AfterFlow is { } after && scenario.Flows.All(f => f.Name != after))
                errors.Add($"acts.{act.Name}.afterFlow: there is no {after} in flows");
            if (act.Kind == ActKind.FillDisk && scenario.Server.DiskBytes == 0) errors.Add($"acts.{act.Name}.do needs server.diskMiB");
            var flow = scenario.Flows.FirstOrDefault(f => f.Name == act.Flow);
            if (act.Flow is not null && flow is null) errors.Add($"acts.{act.Name}.flow: there is no {act.Flow} in flows");
            if (act.Kind == ActKind.Cancel && flow is { Tag: null })
                errors.Add($"acts.{act.Name}.flow: {act.Flow} has no tag to know its mail by");
        }

        var figures = FigureNames.Of(scenario);
        foreach (var verdict in scenario.Verdicts)
        {
            if (!figures.ContainsKey(verdict.Figure))
                errors.Add($"verdicts.{verdict.Name}.figure: a run of this has no figure {verdict.Figure}");
            if (verdict.Of is { } of && !figures.ContainsKey(of))
                errors.Add($"verdicts.{verdict.Name}.of: a run of this has no figure {of}");
        }
    }
}
