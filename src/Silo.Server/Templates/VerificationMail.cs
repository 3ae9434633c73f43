using System.Net;
using Silo.Server.Accounts;
using Silo.Server.Intake;

namespace Silo.Server.Templates;

/// <summary>Asks the owner of an address to say that it is theirs. The mail is the account's own and goes the way of any other.</summary>
internal sealed partial class VerificationMail(
    MessageIntake intake, VerificationLinks links, string? from, Arns arns, ILogger<VerificationMail> logger)
{
    private const string Subject = "Please confirm your e-mail address";

    /// <summary>There is somebody to ask in the service's own words.</summary>
    public bool CanAsk => from is not null;

    /// <summary>Asks in the service's own words. What goes wrong is logged: the identity is there all the same, and stays pending.</summary>
    public async ValueTask Ask(EmailIdentity identity, CancellationToken cancellationToken)
    {
        if (from is null || identity.IsVerified || !IdentityName.IsAddress(identity.Name)) return;
        var link = links.Write(identity, null);
        var text = $"""
            Somebody asked to send e-mail from {identity.Name} (account {arns.AccountId}, Region {arns.Region}).

            If that was you, open this page and confirm it. The link is good for 24 hours:

            {link}

            If it was not you, do nothing: without your consent no mail is sent from your address.
            """;
        var html = $"""
            <p>Somebody asked to send e-mail from <b>{WebUtility.HtmlEncode(identity.Name)}</b> (account {arns.AccountId}, Region {arns.Region}).</p>
            <p>If that was you, <a href="{link}">open this page and confirm it</a>. The link is good for 24 hours.</p>
            <p>If it was not you, do nothing: without your consent no mail is sent from your address.</p>
            """;
        var reply = await Send(from, identity, Subject, text, html, null, cancellationToken);
        if (reply.MessageId is null) LogNotAsked(logger, identity.Name[(identity.Name.LastIndexOf('@') + 1)..], reply.Refusal);
    }

    /// <summary>Asks in the words of a template.</summary>
    public ValueTask<SendReply> Ask(
        EmailIdentity identity, CustomVerificationTemplate template, string? configurationSet, CancellationToken cancellationToken)
    {
        var link = links.Write(identity, template.Name);
        var html = WithLink(template.Content, $"<p><a href=\"{link}\">{link}</a></p>");
        return Send(template.FromEmailAddress, identity, template.Subject, null, html, configurationSet, cancellationToken);
    }

    private ValueTask<SendReply> Send(
        string sender, EmailIdentity identity, string subject, string? text, string html, string? configurationSet,
        CancellationToken cancellationToken) =>
        intake.Send(
            new SendRequest
            {
                From = sender, To = [identity.Name], ConfigurationSetName = configurationSet,
                Content = new SimpleContent(
                    new SendText(subject, null), text is null ? null : new SendText(text, null), new SendText(html, null), [], []),
            },
            cancellationToken);

    /// <summary>Puts the link behind the content, inside its body where it has one.</summary>
    internal static string WithLink(string content, string link)
    {
        var end = content.LastIndexOf("</body>", StringComparison.OrdinalIgnoreCase);
        return end < 0 ? content + link : content.Insert(end, link);
    }

    [LoggerMessage(4401, LogLevel.Warning, "The owner of an address at {Domain} could not be asked to verify it: {Refusal}")]
    private static partial void LogNotAsked(ILogger logger, string domain, SendRefusal refusal);
}
