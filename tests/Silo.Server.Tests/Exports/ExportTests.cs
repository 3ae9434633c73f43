using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Contacts;
using Silo.Server.Access;
using Silo.Server.Exports;
using Silo.Server.SesApi.Operations.Exports;
using Silo.Server.Tests.Access;
using Silo.Storage;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Exports;

public sealed class ExportTests(AccessServer server) : IClassFixture<AccessServer>
{
    private static readonly long Now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    private static readonly string Lately = $"\"StartDate\":{Now - 86_400},\"EndDate\":{Now + 3_600}";

    [Fact]
    public async Task Messages_come_as_CSV_that_a_spreadsheet_runs_nothing_of_and_as_JSON_by_the_line()
    {
        await Sent("sheets", ("=HYPERLINK(1)", "a@gmail.com"), ("say \"hi\", all", "b@gmail.com"), ("plain", "c@example.org"), ("@x", "+d@example.org"));
        var (job, csv) = await Export("sheets", "CSV");
        Assert.Equal(("MESSAGE_INSIGHTS", 4, 4), (
            job.GetProperty("ExportSourceType").GetString(), job.GetProperty("Statistics").GetProperty("ProcessedRecordsCount").GetInt32(),
            job.GetProperty("Statistics").GetProperty("ExportedRecordsCount").GetInt32()));
        var reader = new CsvReader(new StringReader(csv));
        Assert.Equal("MessageId", reader.Read()!.Fields[0]);
        var rows = new List<IReadOnlyList<string>>();
        while (reader.Read() is { } record) rows.Add(record.Fields);
        Assert.Equal(["'=HYPERLINK(1)", "'@x", "plain", "say \"hi\", all"], rows.Select(r => r[6]).Order(StringComparer.Ordinal));
        Assert.Contains(rows, r => r[4] == "'+d@example.org");
        Assert.All(rows, r => Assert.Equal(("sheets", "DELIVERY"), (r[1], r[8])));

        var (_, json) = await Export("sheets", "JSON", ""","Include":{"Subject":["=*"]}""");
        var line = JsonDocument.Parse(Assert.Single(json.Split('\n', StringSplitOptions.RemoveEmptyEntries))).RootElement;
        Assert.Equal(("=HYPERLINK(1)", "Gmail"), (line.GetProperty("Subject").GetString(), line.GetProperty("Isp").GetString()));
        var (limited, two) = await Export("sheets", "JSON", ""","MaxResults":2""");
        Assert.Equal(2, two.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(2, limited.GetProperty("Statistics").GetProperty("ExportedRecordsCount").GetInt32());
    }

    [Fact]
    public async Task Metrics_come_by_the_day_as_volumes_and_rates_for_each_value()
    {
        await Sent("counted", ("1", "a@gmail.com"), ("2", "b@gmail.com"), ("3", "c@example.org"));
        const string metrics = """
            "Namespace":"VDM","Metrics":[{"Name":"SEND","Aggregation":"VOLUME"},{"Name":"DELIVERY","Aggregation":"RATE"},{"Name":"DELIVERY","Aggregation":"VOLUME"}]
            """;
        var (job, csv) = await Run($$"""
            {"ExportDataSource":{"MetricsDataSource":{ {{metrics}},{{Lately}},"Dimensions":{"TENANT_NAME":["counted"],"ISP":["*"]} } },
            "ExportDestination":{"DataFormat":"CSV"} }
            """);
        Assert.Equal("METRICS_DATA", job.GetProperty("ExportSourceType").GetString());
        var lines = csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Timestamp,TENANT_NAME,ISP,SEND_VOLUME,DELIVERY_RATE,DELIVERY_VOLUME", lines[0]);
        Assert.Equal(["counted,Gmail,2,1,2", "counted,Other,1,1,1"], lines[1..].Select(l => l[(l.IndexOf(',') + 1)..]).Order());

        var (_, json) = await Run($$"""
            {"ExportDataSource":{"MetricsDataSource":{ {{metrics}},{{Lately}},"Dimensions":{"EMAIL_IDENTITY":["Counted.example","none.example"]} } },
            "ExportDestination":{"DataFormat":"JSON"} }
            """);
        var line = JsonDocument.Parse(json.Split('\n')[0]).RootElement;
        Assert.Equal(3, line.GetProperty("Metrics")[0].GetProperty("Value").GetInt32());
    }

    [Fact]
    public async Task A_link_needs_no_signature_and_is_good_for_its_time_its_job_and_nothing_else()
    {
        await Sent("linked", ("one", "a@gmail.com"));
        var (job, _) = await Export("linked", "JSON");
        var url = job.GetProperty("ExportDestination").GetProperty("S3Url").GetString()!;
        using var client = new HttpClient();
        using var good = await client.GetAsync(url);
        Assert.Equal("application/x-ndjson", good.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"export-{job.GetProperty("JobId").GetString()}.ndjson", good.Content.Headers.ContentDisposition!.FileName);
        Assert.Equal("attachment", good.Content.Headers.ContentDisposition.DispositionType);
        foreach (var bad in new[] { url[..^2] + (url[^2] == 'A' ? "B" : "A") + url[^1], url + "A", url[..url.LastIndexOf('/')] + "/x", url.Replace("/e/", "/c/", StringComparison.Ordinal) })
        {
            using var answer = await client.GetAsync(bad);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        // As it is when its hour is over, and when the file is.
        var links = server.Provider.GetRequiredService<ExportLinks>();
        var jobs = Jobs;
        var found = (await jobs.Get(job.GetProperty("JobId").GetString()!, default))!.Value;
        var over = new ExportLinks(
            server.Provider.GetRequiredService<Silo.Server.PublicWeb.LinkTokens>(), server.Provider.GetRequiredService<Silo.Server.PublicWeb.PublicLinks>(),
            jobs, Files, new ExportOptions { LinkLifetime = TimeSpan.FromHours(-1) }, TimeProvider.System).To(found.Job);
        using var lapsed = await client.GetAsync(over);
        Assert.Equal(HttpStatusCode.NotFound, lapsed.StatusCode);
        Assert.True(await jobs.Replace(found.Job with { CompletedAt = DateTimeOffset.UnixEpoch }, found.Version, default));
        await server.Provider.GetRequiredService<ExportService>().Sweep(default);
        using var gone = await client.GetAsync(links.To(found.Job));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Null(await Files.Read(found.Job.File, 0, default));
        Assert.False((await Get(found.Job.Id)).GetProperty("ExportDestination").TryGetProperty("S3Url", out _));
    }

    [Fact]
    public async Task A_job_that_broke_off_begins_anew_and_has_each_line_once()
    {
        await Sent("broken", [.. Enumerable.Range(0, 30).Select(i => ($"s{i}", $"r{i}@example.org"))]);
        var (made, version) = await Held("broken");
        // What the silo that is gone left: part of a file, and its word for a while.
        var left = made with { Status = ExportStatus.Processing, Attempts = 1, Processed = 12, HeldUntil = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(1) };
        await Files.Put(left.File, 0, ExportFile.Pack("half a file\n"u8), default);
        Assert.True(await Jobs.Replace(left, version, default));
        await server.Provider.GetRequiredService<ExportService>().DoAll(default);
        await Patiently.Until(async () => (await Jobs.Get(made.Id, default))!.Value.Job.Status == ExportStatus.Completed, () => "it is done");

        var done = (await Jobs.Get(made.Id, default))!.Value.Job;
        Assert.Equal((2, 30, 30), (done.Attempts, done.Processed, done.Exported));
        Assert.Null(await Files.Read(left.File, 0, default));
        var text = Encoding.UTF8.GetString(ExportFile.Unpack((await Files.Read(done.File, 0, default))!.Value));
        Assert.Equal(
            Enumerable.Range(0, 30).Select(i => $"s{i}").Order(StringComparer.Ordinal),
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("Subject").GetString())
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Whoever_has_lost_a_job_writes_nothing_more()
    {
        await server.AddTenant("raced");
        var (made, version) = await Held("raced");
        var source = new Scripted();
        var runner = new ExportRunner(Files, Jobs, [source], TimeProvider.System);
        var running = runner.Run(made, version, default).AsTask();
        await source.Began.Task;
        Assert.True(await Jobs.Cancel(made.Id, default));
        source.Goes.SetResult();
        Assert.False(await running);
        Assert.Equal(ExportStatus.Cancelled, (await Jobs.Get(made.Id, default))!.Value.Job.Status);
        Assert.DoesNotContain(await AllFiles(), f => f.StartsWith(made.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_that_breaks_off_again_and_again_fails_and_says_so()
    {
        await server.AddTenant("stuck");
        var (made, version) = await Held("stuck");
        var worn = made with { Status = ExportStatus.Processing, Attempts = ExportRunner.MaxAttempts };
        Assert.True(await Jobs.Replace(worn, version, default));
        Assert.True(await server.Provider.GetRequiredService<ExportRunner>().Run(worn, version + 1, default));
        var job = await Get(made.Id);
        Assert.Equal("FAILED", job.GetProperty("JobStatus").GetString());
        Assert.Contains("broke off", job.GetProperty("FailureInfo").GetProperty("ErrorMessage").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenants_key_has_jobs_of_its_own_and_cannot_tell_anothers_from_none()
    {
        await Sent("acme", ("of acme", "x@own.example"));
        await Sent("globex", ("of globex", "x@own.example"));
        var (job, text) = await Run(
            $$"""{"ExportDataSource":{"MessageInsightsDataSource":{ {{Lately}},"Include":{"Destination":["x@own.example"],"TenantName":["acme","globex"]} } },"ExportDestination":{"DataFormat":"JSON"} }""",
            server.Acme);
        Assert.Contains("of acme", text, StringComparison.Ordinal);
        Assert.DoesNotContain("of globex", text, StringComparison.Ordinal);
        var id = job.GetProperty("JobId").GetString()!;
        Assert.Equal("acme", job.GetProperty("TenantName").GetString());

        var foreign = await server.Ask("GET", $"/v2/email/export-jobs/{id}", by: server.Globex);
        var absent = await server.Ask("GET", $"/v2/email/export-jobs/{id}0", by: server.Globex);
        Assert.Equal((404, "NotFoundException"), (foreign.Status, foreign.Code));
        Assert.Equal(foreign.Body, absent.Body.Replace(id + "0", id, StringComparison.Ordinal));
        Assert.Equal(404, (await server.Ask("PUT", $"/v2/email/export-jobs/{id}/cancel", by: server.Globex)).Status);
        var listed = (await server.Ok("POST", "/v2/email/list-export-jobs", "{}", server.Globex)).GetRawText();
        Assert.DoesNotContain(id, listed, StringComparison.Ordinal);
        Assert.Contains(id, (await server.Ok("POST", "/v2/email/list-export-jobs", "{}", server.Acme)).GetRawText(), StringComparison.Ordinal);

        // A metric of another tenant is what is not there.
        var (_, lines) = await Run($$"""
            {"ExportDataSource":{"MetricsDataSource":{"Namespace":"VDM","Metrics":[{"Name":"SEND","Aggregation":"VOLUME"}],{{Lately}},
            "Dimensions":{"TENANT_NAME":["acme","globex"]} } },"ExportDestination":{"DataFormat":"JSON"} }
            """, server.Acme);
        Assert.Contains("acme", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("globex", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_erased_address_stands_in_no_file()
    {
        await Sent("erased", ("For out.of@gmail.com", "Out.Of@gmail.com"), ("stays", "stays@gmail.com"));
        var (csv, _) = await Export("erased", "CSV");
        var (json, _) = await Export("erased", "JSON");
        var erasure = await server.Ok("POST", "/silo/v1/erasures", """{"EmailAddress":"out.of@gmail.com"}""");
        var path = $"/silo/v1/erasures/{erasure.GetProperty("ErasureId").GetString()}";
        JsonElement done = default;
        await Patiently.Until(
            async () => (done = await server.Ok("GET", path)).GetProperty("Status").GetString() == "COMPLETED", () => $"it is done: {done}");

        Assert.Equal(2, done.GetProperty("Found").GetProperty("Exports").GetInt64());
        foreach (var job in new[] { csv, json })
        {
            var text = await Download(await Get(job.GetProperty("JobId").GetString()!));
            Assert.DoesNotContain("out.of@", text, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(2, text.Split(done.GetProperty("Pseudonym").GetString()).Length - 1);
            Assert.Contains("stays@gmail.com", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Jobs_are_listed_by_what_they_are_page_by_page_and_a_finished_one_cannot_be_cancelled()
    {
        await server.AddTenant("lists");
        var (done, _) = await Export("lists", "CSV");
        var (held, _) = await Held("lists");
        var id = done.GetProperty("JobId").GetString()!;
        var refused = await server.Ask("PUT", $"/v2/email/export-jobs/{id}/cancel");
        Assert.Equal((400, "BadRequestException"), (refused.Status, refused.Code));
        Assert.Equal("{}", (await server.Ok("PUT", $"/v2/email/export-jobs/{held.Id}/cancel")).GetRawText());
        Assert.Equal(400, (await server.Ask("PUT", $"/v2/email/export-jobs/{held.Id}/cancel")).Status);
        Assert.Equal("CANCELLED", (await Get(held.Id)).GetProperty("JobStatus").GetString());

        var (seen, token) = (new List<string>(), default(string));
        do
        {
            var page = await server.Ok("POST", "/v2/email/list-export-jobs", JsonSerializer.Serialize(new
            {
                PageSize = 1, NextToken = token, ExportSourceType = "MESSAGE_INSIGHTS", JobStatus = "CANCELLED",
            }));
            seen.AddRange(page.GetProperty("ExportJobs").EnumerateArray().Select(j => j.GetProperty("JobId").GetString()!));
            token = page.TryGetProperty("NextToken", out var next) ? next.GetString() : null;
        }
        while (token is not null);
        Assert.Contains(held.Id, seen);
        Assert.DoesNotContain(id, seen);
        Assert.Equal(seen.Distinct(), seen);
    }

    [Fact]
    public async Task A_tenant_has_five_jobs_that_have_not_ended()
    {
        await server.AddTenant("many");
        var held = new List<ExportJob>();
        for (var i = 0; i < ExportJobs.MaxOpenOfTenant; i++) held.Add((await Held("many")).Job);
        var (status, code, _) = await server.Ask(
            "POST", "/v2/email/export-jobs", $$"""{"TenantName":"many","ExportDataSource":{"MessageInsightsDataSource":{ {{Lately}} } },"ExportDestination":{"DataFormat":"CSV"} }""");
        Assert.Equal((400, "LimitExceededException"), (status, code));
        foreach (var job in held) Assert.True(await Jobs.Cancel(job.Id, default));
    }

    [Theory]
    [InlineData("{}", "ExportDataSource is required")]
    [InlineData("""{"ExportDataSource":{},"ExportDestination":{"DataFormat":"CSV"}}""", "exactly one of")]
    [InlineData("""{"ExportDataSource":{"MessageInsightsDataSource":{"StartDate":1,"EndDate":2}}}""", "ExportDestination")]
    [InlineData("""{"ExportDataSource":{"MessageInsightsDataSource":{"StartDate":1,"EndDate":2}},"ExportDestination":{"DataFormat":"XML"}}""", "DataFormat")]
    [InlineData("""{"ExportDataSource":{"MessageInsightsDataSource":{"StartDate":2,"EndDate":1}},"ExportDestination":{"DataFormat":"CSV"}}""", "StartDate")]
    [InlineData("""{"ExportDataSource":{"MessageInsightsDataSource":{"EndDate":1}},"ExportDestination":{"DataFormat":"CSV"}}""", "StartDate is required")]
    [InlineData("""{"ExportDataSource":{"MessageInsightsDataSource":{"StartDate":1,"EndDate":2,"MaxResults":0}},"ExportDestination":{"DataFormat":"CSV"}}""", "MaxResults")]
    [InlineData("""{"ExportDataSource":{"MetricsDataSource":{"Namespace":"VDM","Dimensions":{"COLOUR":["*"]},"Metrics":[{"Name":"SEND","Aggregation":"VOLUME"}],"StartDate":1,"EndDate":2}},"ExportDestination":{"DataFormat":"CSV"}}""", "COLOUR")]
    [InlineData("""{"ExportDataSource":{"MetricsDataSource":{"Namespace":"VDM","Dimensions":{"ISP":["*","Gmail"]},"Metrics":[{"Name":"SEND","Aggregation":"VOLUME"}],"StartDate":1,"EndDate":2}},"ExportDestination":{"DataFormat":"CSV"}}""", "* alone")]
    [InlineData("""{"ExportDataSource":{"MetricsDataSource":{"Namespace":"VDM","Dimensions":{"ISP":["*"]},"Metrics":[{"Name":"SEND","Aggregation":"RATE"}],"StartDate":1,"EndDate":2}},"ExportDestination":{"DataFormat":"CSV"}}""", "Aggregation")]
    [InlineData("""{"ExportDataSource":{"MetricsDataSource":{"Namespace":"VDM","Dimensions":{"ISP":["*"]},"Metrics":[],"StartDate":1,"EndDate":9999999}},"ExportDestination":{"DataFormat":"CSV"}}""", "Metrics")]
    public async Task What_is_wrong_with_an_export_is_named(string body, string problem)
    {
        var (status, code, text) = await server.Ask("POST", "/v2/email/export-jobs", body);
        Assert.Equal((400, "BadRequestException"), (status, code));
        Assert.Contains(problem, text, StringComparison.Ordinal);
    }

    private ExportJobs Jobs => server.Provider.GetRequiredService<ExportJobs>();

    private IExportStore Files => server.Provider.GetRequiredService<IExportStore>();

    private async Task<List<string>> AllFiles()
    {
        var files = new List<string>();
        for (var file = await Files.Next(null, default); file is not null; file = await Files.Next(file, default)) files.Add(file);
        return files;
    }

    /// <summary>A job that nobody takes up.</summary>
    private async Task<(ExportJob Job, long Version)> Held(string tenant)
    {
        var key = (await server.Provider.GetRequiredService<ISiloStore>().Tenants.Load(tenant, default))!.TenantKey;
        var source = new ExportDataSourceShape(null, new MessageInsightsDataSourceShape(Now - 86_400, Now + 3_600, null, null, 100_000));
        var job = await Jobs.Create(
            (id, now) => new ExportJob(id, source, true, now) { TenantName = tenant, TenantKey = key, HeldUntil = DateTimeOffset.MaxValue }, default);
        return (job!, 1);
    }

    private Task<(JsonElement Job, string Text)> Export(string tenant, string format, string more = "") => Run(
        $$"""{"TenantName":"{{tenant}}","ExportDataSource":{"MessageInsightsDataSource":{ {{Lately}}{{more}} } },"ExportDestination":{"DataFormat":"{{format}}"} }""");

    private async Task<(JsonElement Job, string Text)> Run(string body, AccessKey? by = null)
    {
        var id = (await server.Ok("POST", "/v2/email/export-jobs", body, by)).GetProperty("JobId").GetString()!;
        JsonElement job = default;
        await Patiently.Until(
            async () => (job = await Get(id, by)).GetProperty("JobStatus").GetString() is "COMPLETED" or "FAILED", () => $"the job has ended: {job}");
        Assert.Equal("COMPLETED", job.GetProperty("JobStatus").GetString());
        return (job, await Download(job));
    }

    private Task<JsonElement> Get(string id, AccessKey? by = null) => server.Ok("GET", $"/v2/email/export-jobs/{id}", null, by);

    private static async Task<string> Download(JsonElement job)
    {
        if (!job.GetProperty("ExportDestination").TryGetProperty("S3Url", out var url)) return "";
        using var client = new HttpClient();
        return await client.GetStringAsync(url.GetString());
    }

    private async Task Sent(string tenant, params (string Subject, string To)[] mails)
    {
        if (tenant is not ("acme" or "globex")) await server.AddTenant(tenant);
        foreach (var (subject, to) in mails)
        {
            var content = JsonSerializer.Serialize(new { Simple = new { Subject = new { Data = subject }, Body = new { Text = new { Data = "x" } } } });
            var (status, _, text) = await server.SendMail(null, $"a@{tenant}.example", $"{tenant}-mail", tenant, content, to);
            Assert.True(status == 200, text);
        }

        await Patiently.Until(
            async () => (await server.Ok(
                "POST", "/silo/v1/messages/search",
                $$"""{"TenantName":"{{tenant}}","PageSize":1000,"Include":{"LastDeliveryEvent":["DELIVERY"]} }""")).GetProperty("Messages").GetArrayLength() >= mails.Length,
            () => "all have arrived");
    }

    private sealed class Scripted : IExportSource
    {
        public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Goes { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Reads(ExportJob job) => true;

        public async IAsyncEnumerable<ExportPiece> Read(
            ExportJob job, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var much = new byte[ExportFile.PartBytes + 1];
            yield return new ExportPiece(much, 1, 1);
            Began.SetResult();
            await Goes.Task;
            yield return new ExportPiece(much, 1, 1);
        }
    }
}
