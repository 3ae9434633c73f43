using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Silo.Server.Lists;
using Silo.Server.Lists.Imports;
using Silo.Server.Tests.Feedback;
using Xunit;

namespace Silo.Server.Tests.Lists;

public sealed class ImportTests(ListScene scene) : IClassFixture<ListScene>
{
    private const string Topics = """[{"TopicName":"news","DisplayName":"News","DefaultSubscriptionStatus":"OPT_IN"}]""";

    [Fact]
    public async Task Contacts_come_by_CSV_and_JSON_and_what_a_record_leaves_out_stays()
    {
        await scene.Call("POST", "/v2/email/contact-lists", $$"""{"ContactListName":"i-list","Topics":{{Topics}}}""");
        await scene.Call("POST", "/v2/email/contact-lists/i-list/contacts",
            """{"EmailAddress":"gone@i.example","UnsubscribeAll":true,"AttributesData":"old"}""");
        var csv = await Import("contacts.csv", "CSV", """{"ContactListDestination":{"ContactListName":"i-list","ContactListImportAction":"PUT"}}""", """
            emailAddress,unsubscribeAll,attributesData,topicPreferences.news
            Ann@i.example,false,"{""n"":""Ann, A.""}",OPT_OUT
            nobody,,,
            gone@i.example,,,
            bob@i.example,maybe,,
            bob@i.example,,,OPT_IN
            """);
        Assert.Equal(("COMPLETED", 5, 2), (csv["JobStatus"]!.GetValue<string>(), csv["ProcessedRecordsCount"]!.GetValue<int>(), csv["FailedRecordsCount"]!.GetValue<int>()));
        Assert.Contains("Line 3: It has no address", csv["FailureInfo"]!["ErrorMessage"]!.GetValue<string>(), StringComparison.Ordinal);
        var ann = await Contact("ann@i.example");
        Assert.Equal("""{"n":"Ann, A."}""", ann["AttributesData"]!.GetValue<string>());
        Assert.Equal("OPT_OUT", ann["TopicPreferences"]![0]!["SubscriptionStatus"]!.GetValue<string>());
        var gone = await Contact("gone@i.example");
        Assert.Equal((true, "old"), (gone["UnsubscribeAll"]!.GetValue<bool>(), gone["AttributesData"]!.GetValue<string>()));

        var json = await Import("contacts.json", "JSON", """{"ContactListDestination":{"ContactListName":"i-list","ContactListImportAction":"DELETE"}}""",
            "{\"emailAddress\":\"BOB@i.example\"}\n\n{\"emailAddress\":1}\n[]\n");
        Assert.Equal((3, 2), (json["ProcessedRecordsCount"]!.GetValue<int>(), json["FailedRecordsCount"]!.GetValue<int>()));
        await scene.Refused("GET", "/v2/email/contact-lists/i-list/contacts/bob@i.example", null, HttpStatusCode.NotFound);
        var listed = await scene.Call("POST", "/v2/email/import-jobs/list", """{"ImportDestinationType":"CONTACT_LIST"}""");
        Assert.Contains(csv["JobId"]!.GetValue<string>(), listed.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suppressed_addresses_come_without_a_header_and_go_by_the_same_file()
    {
        const string put = """{"SuppressionListDestination":{"SuppressionListImportAction":"PUT"}}""";
        var job = await Import("suppressed.csv", "CSV", put, "one@s.example,BOUNCE\r\ntwo@s.example,COMPLAINT\r\nthree@s.example\r\nfour@s.example,SPAM\r\n");
        Assert.Equal((4, 1), (job["ProcessedRecordsCount"]!.GetValue<int>(), job["FailedRecordsCount"]!.GetValue<int>()));
        var two = await scene.Call("GET", "/v2/email/suppression/addresses/two@s.example");
        Assert.Equal("COMPLAINT", two["SuppressedDestination"]!["Reason"]!.GetValue<string>());
        await Import("suppressed.csv", "CSV", put.Replace("PUT", "DELETE", StringComparison.Ordinal), "two@s.example,COMPLAINT");
        await scene.Refused("GET", "/v2/email/suppression/addresses/two@s.example", null, HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("s3://imports/../secret", "leads nowhere")]
    [InlineData("s3://imports/a//b", "leads nowhere")]
    [InlineData("s3://imports/./a", "leads nowhere")]
    [InlineData("s3://imports/a\\\\..\\\\b", "leads nowhere")]
    [InlineData("s3://imports/link", "leads over a link")]
    [InlineData("s3://imports/linked/passwd", "leads over a link")]
    [InlineData("s3://imports/absent.csv", "There is no file")]
    [InlineData("s3://imports/empty.csv", "no regular file")]
    [InlineData("s3://other/a.csv", "is not one of")]
    [InlineData("s3://imports/", "must be of the form")]
    [InlineData("https://imports/a.csv", "must be of the form")]
    [InlineData("/etc/passwd", "must be of the form")]
    public async Task Nothing_but_files_of_a_bucket_is_read(string url, string problem)
    {
        if (url.EndsWith("/link", StringComparison.Ordinal)) File.CreateSymbolicLink(Path.Combine(scene.Bucket, "link"), "/etc/passwd");
        if (url.EndsWith("/empty.csv", StringComparison.Ordinal)) await File.WriteAllTextAsync(Path.Combine(scene.Bucket, "empty.csv"), "");
        if (url.Contains("linked", StringComparison.Ordinal)) Directory.CreateSymbolicLink(Path.Combine(scene.Bucket, "linked"), "/etc");
        var message = await scene.Refused("POST", "/v2/email/import-jobs", $$$"""
            {"ImportDestination":{"SuppressionListDestination":{"SuppressionListImportAction":"PUT"}},
            "ImportDataSource":{"S3Url":"{{{url}}}","DataFormat":"CSV"}}
            """, HttpStatusCode.BadRequest);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_broke_off_goes_on_behind_what_was_written_down_and_is_left_to_the_silo_that_has_it()
    {
        var services = scene.Server.Provider;
        var (jobs, runner, lists) = (
            services.GetRequiredService<ImportJobs>(), services.GetRequiredService<ImportRunner>(), services.GetRequiredService<ContactLists>());
        await lists.Create("i-broken", null, false, [], null, [], default);
        var lines = Enumerable.Range(0, 450).Select(i => $"{{\"emailAddress\":\"r{i}@b.example\"}}");
        await File.WriteAllLinesAsync(Path.Combine(scene.Bucket, "broken.json"), lines);
        // Held by nobody, with a bucket that this silo's own service passes over until the job names the one that is there.
        var made = (await jobs.Create(null, (id, now) => new ImportJob(id, "i-broken", false, "s3://elsewhere/broken.json", true, now), default))!;
        var held = made with { Url = "s3://imports/broken.json", Status = ImportStatus.Processing, Processed = 400, HeldUntil = DateTimeOffset.MaxValue };
        Assert.True(await jobs.Replace(held, 1, default));
        await services.GetRequiredService<ImportService>().DoAll(default);
        Assert.Equal(400, (await jobs.Get(made.Id, default))!.Value.Job.Processed);

        Assert.False(await runner.Run(held, 1, default));
        Assert.True(await runner.Run(held, 2, default));
        var ended = (await jobs.Get(made.Id, default))!.Value.Job;
        Assert.Equal((ImportStatus.Completed, 450, 0), (ended.Status, ended.Processed, ended.Failed));
        var list = (await lists.Get("i-broken", default))!;
        Assert.Equal(50, (await scene.Server.Store.Contacts.List(list.Id, null, 1_000, default)).Items.Count);
        Assert.Null(await lists.Find(list, "r399@b.example", default));
        Assert.NotNull(await lists.Find(list, "r400@b.example", default));
    }

    [Fact]
    public async Task A_job_fails_when_its_list_was_made_again_and_when_it_was_taken_up_too_often_without_getting_on()
    {
        var services = scene.Server.Provider;
        var (jobs, runner, lists) = (
            services.GetRequiredService<ImportJobs>(), services.GetRequiredService<ImportRunner>(), services.GetRequiredService<ContactLists>());
        await lists.Create("i-again", null, false, [], null, [], default);
        await File.WriteAllTextAsync(Path.Combine(scene.Bucket, "again.json"), "{\"emailAddress\":\"a@b.example\"}");
        var list = (await lists.Get("i-again", default))!;
        async Task<string?> Run(string? listId, int attempts)
        {
            var made = (await jobs.Create(null, (id, now) => new ImportJob(id, "i-again", false, "s3://elsewhere/again.json", true, now), default))!;
            var held = made with
            {
                Url = "s3://imports/again.json", ContactListId = listId, Attempts = attempts, HeldUntil = DateTimeOffset.MaxValue,
            };
            Assert.True(await jobs.Replace(held, 1, default));
            Assert.True(await runner.Run(held, 2, default));
            return (await jobs.Get(made.Id, default))!.Value.Job is { Status: ImportStatus.Failed } failed ? failed.Problem : null;
        }

        Assert.Contains("is gone", await Run("another", 0), StringComparison.Ordinal);
        Assert.Contains("did not get on", await Run(list.Id, ImportRunner.MaxAttempts), StringComparison.Ordinal);
        Assert.Empty((await scene.Server.Store.Contacts.List(list.Id, null, 10, default)).Items);
        Assert.Null(await Run(list.Id, 1));
    }

    [Fact]
    public async Task Lists_go_with_their_tenant_and_contacts_without_a_list_are_cleared_away()
    {
        var lists = scene.Server.Provider.GetRequiredService<ContactLists>();
        await scene.Call("POST", "/v2/email/tenants", """{"TenantName":"i-gone"}""");
        await scene.Call("POST", "/v2/email/contact-lists", """{"ContactListName":"i-of-gone","TenantName":"i-gone"}""");
        await lists.Create("i-stays", null, false, [], null, [], default);
        var (gone, stays) = ((await lists.Get("i-of-gone", default))!, (await lists.Get("i-stays", default))!);
        await scene.Call("POST", "/v2/email/tenants/delete", """{"TenantName":"i-gone"}""");
        Assert.Null(await lists.Get("i-of-gone", default));

        // What an import that still ran put there, after the list was dropped.
        var contacts = scene.Server.Store.Contacts;
        foreach (var list in new[] { gone.Id, stays.Id }) await contacts.Add(list, new("late@b.example", DateTimeOffset.UnixEpoch), default);
        await lists.Sweep(default);
        Assert.Single((await contacts.List(stays.Id, null, 10, default)).Items);
    }

    private async Task<JsonNode> Import(string file, string format, string destination, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(scene.Bucket, file), content, new UTF8Encoding(false));
        var created = await scene.Call("POST", "/v2/email/import-jobs",
            $$$"""{"ImportDestination":{{{destination}}},"ImportDataSource":{"S3Url":"s3://imports/{{{file}}}","DataFormat":"{{{format}}}"}}""");
        var path = $"/v2/email/import-jobs/{created["JobId"]}";
        await FeedbackServer.Until(
            async () => (await scene.Call("GET", path))["JobStatus"]!.GetValue<string>() is "COMPLETED" or "FAILED", "the import ends");
        return await scene.Call("GET", path);
    }

    private Task<JsonNode> Contact(string address) => scene.Call("GET", $"/v2/email/contact-lists/i-list/contacts/{address}");
}
