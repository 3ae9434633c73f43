using System.Text;
using Silo.Server.Accounts;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.Sending;
using Xunit;

namespace Silo.Server.Tests.SesApi;

public sealed class SendEmailShapeTests
{
    private static readonly Arns Arns = new("us-east-1", "123456789012");

    [Theory]
    [InlineData("""{"EndpointId":"abc"}""", "EndpointId is not available here")]
    [InlineData("""{"ListManagementOptions":{}}""", "ListManagementOptions.ContactListName is required")]
    [InlineData("""{"EmailTags":[null]}""", "EmailTags[0] must not be null")]
    [InlineData("""{"Destination":{"ToAddresses":["a@b.example",null]}}""", "Destination.ToAddresses[1] must not be null")]
    [InlineData("""{"Destination":{"ToAddresses":["a\r\nBcc: b@c.example"]}}""", "Destination.ToAddresses[0] must not contain line breaks")]
    [InlineData("""{"Content":{"Raw":{"Data":""}}}""", "Content.Raw.Data is required")]
    [InlineData("""{"Content":{"Simple":{"Attachments":[{"FileName":"x"}]}}}""", "Content.Simple.Attachments[0].RawContent is required")]
    [InlineData("""{"Content":{"Simple":{"Headers":[{"Name":"List-Id","Value":"a"},{"Name":"list-id","Value":"b"}]}}}""", "Headers[1].Name list-id must be given only once")]
    [InlineData("""{"FeedbackForwardingEmailAddress":"a@other.example","FeedbackForwardingEmailAddressIdentityArn":"arn:aws:ses:us-east-1:123456789012:identity/b.example"}""", "does not cover FeedbackForwardingEmailAddress")]
    public void Every_problem_is_named_by_its_member(string body, string text)
    {
        var checks = new MemberChecks();
        Assert.True(RequestJson.TryRead(Encoding.UTF8.GetBytes(body), SesJson.Default.SendEmailRequest, out var request, out _));
        Assert.Null(SendEmailShape.Check(request, Arns, checks));
        Assert.Contains(text, checks.Error!.Message);
        Assert.Equal("BadRequestException", checks.Error.Code);
    }

    [Fact]
    public void Fifty_recipients_over_the_three_lists_are_the_most()
    {
        foreach (var count in new[] { 50, 51 })
        {
            var list = string.Join(',', Enumerable.Range(0, count - 2).Select(i => $"\"a{i}@b.example\""));
            var body = $$$"""
                {"Content":{"Raw":{"Data":"eA=="}},"Destination":{"ToAddresses":[{{{list}}}],"CcAddresses":["c@d.example"],"BccAddresses":["e@f.example"]}}
                """;
            var checks = new MemberChecks();
            Assert.True(RequestJson.TryRead(Encoding.UTF8.GetBytes(body), SesJson.Default.SendEmailRequest, out var request, out _));
            var send = SendEmailShape.Check(request, Arns, checks);
            Assert.Equal(count == 50, send is not null);
            if (send is null) Assert.Contains("at most 50 recipients", checks.Error!.Message);
            else Assert.Equal((48, 1, 1), (send.To.Count, send.Cc.Count, send.Bcc.Count));
        }
    }
}
