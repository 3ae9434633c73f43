using System.Text;

namespace Silo.Core.Tests.Feedback;

/// <summary>Reports in the styles of those who send them, with made-up names; and mail that is none.</summary>
internal static class FeedbackSamples
{
    /// <summary>Mail, by who writes so. Line ends are CRLF.</summary>
    public static IReadOnlyDictionary<string, byte[]> Mail { get; } = new Dictionary<string, byte[]>
    {
        ["postfix"] = Text("""
            Return-Path: <>
            From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
            To: returned@bounce.acme.example
            Subject: Undelivered Mail Returned to Sender
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status;
            	boundary="4Z1.1772445600/mx.example.net"

            This is a MIME-encapsulated message.

            --4Z1.1772445600/mx.example.net
            Content-Description: Notification
            Content-Type: text/plain; charset=us-ascii

            I'm sorry to have to inform you that your message could not be delivered.

            <ann@example.net>: host mx2.example.net[192.0.2.9] said: 550 5.1.1
                <ann@example.net>: Recipient address rejected: User unknown (in reply to
                RCPT TO command)

            --4Z1.1772445600/mx.example.net
            Content-Description: Delivery report
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net
            X-Postfix-Queue-ID: 4Z1
            X-Postfix-Sender: rfc822; returned@bounce.acme.example
            Original-Envelope-Id: id+3D7
            Arrival-Date: Mon,  2 Mar 2026 10:00:00 +0000 (UTC)

            Final-Recipient: rfc822; ann@example.net
            Original-Recipient: rfc822;ann@example.net
            Action: failed
            Status: 5.1.1
            Remote-MTA: dns; mx2.example.net
            Diagnostic-Code: smtp; 550 5.1.1 <ann@example.net>: Recipient address
                rejected: User unknown

            --4Z1.1772445600/mx.example.net
            Content-Description: Undelivered Message
            Content-Type: message/rfc822

            Return-Path: <returned@bounce.acme.example>
            X-Silo-Ref: v1.aGVsbG8gd29ybGQ
             gd29ybGQ.c2lnbmF0dXJl
            From: Acme <news@acme.example>
            To: ann@example.net
            Subject: Spring news
            Message-ID: <m-1@acme.example>

            Hello
            --4Z1.1772445600/mx.example.net--
            """),
        ["postfix delayed"] = Text("""
            From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
            Subject: Delayed Mail (still being retried)
            Auto-Submitted: auto-replied
            Content-Type: multipart/report; report-type=delivery-status; boundary=zz

            --zz
            Content-Type: text/plain

            THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.
            --zz
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            Final-Recipient: rfc822; bob@example.org
            Action: delayed
            Status: 4.4.1
            Diagnostic-Code: X-Postfix; connect to mail.example.org[192.0.2.1]:25: Connection timed out
            Will-Retry-Until: Sat,  7 Mar 2026 10:00:00 +0000 (UTC)

            --zz
            Content-Type: text/rfc822-headers

            X-Silo-Ref: v1.abc.def
            --zz--
            """),
        ["postfix delivered"] = Text("""
            From: MAILER-DAEMON@mx.example.net
            Subject: Successful Mail Delivery Report
            Content-Type: multipart/report; report-type=delivery-status; boundary=ok

            --ok
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            Final-Recipient: rfc822; ann@example.net
            Action: relayed
            Status: 2.0.0
            Diagnostic-Code: smtp; 250 2.0.0 Ok: queued as 9C1

            Final-Recipient: rfc822; cid@example.net
            Action: delivered (to mailbox)
            Status: 2.1.5

            Final-Recipient: rfc822; list@example.net
            Action: expanded
            Status: 2.0.0
            --ok--
            """),
        ["exim"] = Text("""
            Return-path: <>
            Received: from Debian-exim by mail.example.com with local (Exim 4.96)
            X-Failed-Recipients: dora@example.com
            Auto-Submitted: auto-replied
            From: Mail Delivery System <Mailer-Daemon@mail.example.com>
            To: returned@bounce.acme.example
            References: <m-2@acme.example>
            Content-Type: multipart/report; report-type=delivery-status; boundary=1772445600-eximdsn-804289383
            MIME-Version: 1.0
            Subject: Mail delivery failed: returning message to sender

            --1772445600-eximdsn-804289383
            Content-type: text/plain; charset=us-ascii

            This message was created automatically by mail delivery software.

              dora@example.com
                host mx.example.com [192.0.2.77]
                SMTP error from remote mail server after RCPT TO:<dora@example.com>:
                550 5.7.1 message blocked, see https://mx.example.com/why

            --1772445600-eximdsn-804289383
            Content-type: message/delivery-status

            Reporting-MTA: dns; mail.example.com

            Action: failed
            Final-Recipient: rfc822;dora@example.com
            Status: 5.0.0
            Remote-MTA: dns; mx.example.com
            Diagnostic-Code: smtp; 550 5.7.1 message blocked, see https://mx.example.com/why

            --1772445600-eximdsn-804289383
            Content-type: text/rfc822-headers

            Return-path: <returned@bounce.acme.example>
            Message-ID: <m-2@acme.example>
            --1772445600-eximdsn-804289383--
            """),
        ["exim of old"] = Text("""
            X-Failed-Recipients: eve@example.com,
              frank@example.com
            From: Mail Delivery System <Mailer-Daemon@old.example.com>
            Subject: Mail delivery failed: returning message to sender

            A message that you sent could not be delivered to one or more of its recipients.
            """),
        ["exchange"] = Text("""
            From: <postmaster@outlook.example>
            To: <returned@bounce.acme.example>
            Subject: Undeliverable: Spring news
            Auto-Submitted: auto-replied
            Content-Language: en-US
            Content-Type: multipart/report; report-type=delivery-status;
             boundary="_7e0f6c2a-0001-47c1-8a57-5d0b1c0b6a11_"
            MIME-Version: 1.0

            --_7e0f6c2a-0001-47c1-8a57-5d0b1c0b6a11_
            Content-Type: multipart/alternative; differences=Content-Type;
             boundary="_in_"

            --_in_
            Content-Type: text/plain; charset="us-ascii"
            Content-Transfer-Encoding: quoted-printable

            gus@outlook.example wasn't found at outlook.example.=

            --_in_
            Content-Type: text/html; charset="us-ascii"

            <html></html>
            --_in_--

            --_7e0f6c2a-0001-47c1-8a57-5d0b1c0b6a11_
            Content-Type: message/delivery-status

            Reporting-MTA: dns;AM0PR01MB0001.eurprd01.prod.example.com
            Received-From-MTA: dns;mail.acme.example
            Arrival-Date: Mon, 2 Mar 2026 10:00:02 +0000

            Original-Recipient: rfc822;gus@outlook.example
            Final-Recipient: rfc822;gus@outlook.example
            Action: failed
            Status: 5.1.10
            Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient gus@outlook.example not found by SMTP address lookup
            X-Display-Name: gus@outlook.example


            --_7e0f6c2a-0001-47c1-8a57-5d0b1c0b6a11_
            Content-Type: message/rfc822

            Received: from mail.acme.example by AM0PR01MB0001
            X-Silo-Ref: v1.Zm9v.YmFy
            Message-ID: <m-3@acme.example>

            --_7e0f6c2a-0001-47c1-8a57-5d0b1c0b6a11_--
            """),
        ["gmail"] = Text("""
            MIME-Version: 1.0
            Return-Path: <>
            From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
            To: returned@bounce.acme.example
            Auto-Submitted: auto-replied
            Subject: Delivery Status Notification (Failure)
            X-Failed-Recipients: hal@gmail.example
            Content-Type: multipart/report; boundary="000000000000c9f3b5064b"; report-type=delivery-status

            --000000000000c9f3b5064b
            Content-Type: multipart/related; boundary="000000000000c9ffd2064c"

            --000000000000c9ffd2064c
            Content-Type: text/html; charset="UTF-8"

            <html>Your message to hal@gmail.example couldn't be delivered, since the inbox is full.</html>
            --000000000000c9ffd2064c--
            --000000000000c9f3b5064b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; googlemail.example
            Arrival-Date: Mon, 02 Mar 2026 02:00:00 -0800 (PST)
            X-Original-Message-ID: <m-4@acme.example>

            Final-Recipient: rfc822; hal@gmail.example
            Action: failed
            Status: 5.2.2
            Remote-MTA: dns; gmail-smtp-in.l.google.example. (192.0.2.26, the server for the domain gmail.example.)
            Diagnostic-Code: smtp; 552-5.2.2 The recipient's inbox is out of storage space.
             552 5.2.2 https://support.example/mail/?p=OverQuotaPerm a640c23a62f3a-ab1 - gsmtp
            Last-Attempt-Date: Mon, 02 Mar 2026 02:00:01 -0800 (PST)

            --000000000000c9f3b5064b
            Content-Type: message/rfc822

            X-Silo-Ref: v1.Z21haWw.c2ln
            Message-ID: <m-4@acme.example>

            --000000000000c9f3b5064b--
            """),
        ["utf-8 addresses"] = Text("""
            From: postmaster@example.jp
            Content-Type: multipart/report; report-type=global-delivery-status; boundary=u

            --u
            Content-Type: message/global-delivery-status
            Content-Transfer-Encoding: base64

            UmVwb3J0aW5nLU1UQTogZG5zOyBleGFtcGxlLmpwDQoNCkZpbmFsLVJlY2lwaWVudDogdXRmLTg7
            IHJlbmVceHtlOX1AZXhhbXBsZS5qcA0KQWN0aW9uOiBmYWlsZWQNClN0YXR1czogNS4xLjENCg==
            --u--
            """),
        ["yahoo arf"] = Text("""
            From: Yahoo! Mail AntiSpam Feedback <feedback@arf.mail.yahoo.example>
            To: fbl@bounce.acme.example
            Subject: FW: Spring news
            MIME-Version: 1.0
            Content-Type: multipart/report; boundary="_----arf----_"; report-type=feedback-report

            --_----arf----_
            Content-Type: text/plain

            This is an email abuse report for an email message received from acme.example on Mon, 02 Mar 2026 11:19:40 UTC
            --_----arf----_
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Yahoo!-Mail-Feedback/2.0
            Version: 0.1
            Original-Mail-From: <returned@bounce.acme.example>
            Original-Rcpt-To: ina@yahoo.example
            Received-Date: Mon, 02 Mar 2026 11:19:40 UTC
            Reported-Domain: acme.example
            Authentication-Results: mta.yahoo.example; dkim=pass (ok) header.i=@acme.example
            --_----arf----_
            Content-Type: message/rfc822

            Return-Path: <returned@bounce.acme.example>
            X-Silo-Ref: v1.eWFob28.c2ln
            Message-ID: <m-5@acme.example>

            Hello
            --_----arf----_--
            """),
        ["redacted arf"] = Text("""
            From: <abuse@isp.example>
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54_boundary"

            --part1_13d.2e68ed54_boundary
            Content-Type: text/plain; charset="US-ASCII"
            Content-Transfer-Encoding: 7bit

            This is an email abuse report.

            --part1_13d.2e68ed54_boundary
            Content-Type: message/feedback-report

            Feedback-Type: fraud
            User-Agent: SomeGenerator/1.0
            Version: 1
            Original-Mail-From: <redacted>
            Original-Rcpt-To: <redacted@isp.example>
            Original-Rcpt-To: [redacted]

            --part1_13d.2e68ed54_boundary
            Content-Type: text/rfc822-headers

            From: <news@acme.example>
            To: <redacted>
            X-Silo-Ref: v1.cmVkYWN0ZWQ.c2ln

            --part1_13d.2e68ed54_boundary--
            """),
        ["jmrp arf"] = Text("""
            From: <staff@hotmail.example>
            To: fbl@bounce.acme.example
            Subject: complaint about message from 192.0.2.44
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=feedback-report; boundary="_jmrp_"

            --_jmrp_
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Microsoft-FBL/1.0
            Version: 1
            Source-IP: 192.0.2.44
            Original-Mail-From: returned@bounce.acme.example

            --_jmrp_
            Content-Type: message/rfc822

            X-HmXmrOriginalRecipient: jo@outlook.example
            X-Silo-Ref: v1.am1ycA.c2ln
            From: Acme <news@acme.example>

            Hello
            --_jmrp_--
            """),
        ["jmrp of old"] = Text("""
            From: <staff@hotmail.example>
            Subject: complaint about message from 192.0.2.44
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="_old_"

            --_old_
            Content-Type: message/rfc822
            Content-Disposition: inline

            X-HmXmrOriginalRecipient: <kim@outlook.example>
            X-Silo-Ref: v1.b2xk.c2ln
            From: Acme <news@acme.example>

            Hello
            --_old_--
            """),
        ["not spam"] = Text("""
            Content-Type: multipart/report; report-type=feedback-report; boundary=n

            --n
            Content-Type: message/feedback-report

            Feedback-Type: not-spam
            User-Agent: X/1
            Version: 1
            --n
            Content-Type: message/rfc822

            X-Silo-Ref: v1.a.b
            --n--
            """),
        ["ses"] = Text("""
            From: MAILER-DAEMON@ses.example
            Subject: Delivery Status Notification (Failure)
            Content-Type: multipart/report; report-type=delivery-status; boundary="amazon"

            --amazon
            Content-Type: text/plain

            An error occurred while trying to deliver the mail to the following recipients: lea@example.org
            --amazon
            Content-Type: message/delivery-status

            Reporting-MTA: dns; a8-50.smtp-out.ses.example

            Action: failed
            Final-Recipient: rfc822; lea@example.org
            Diagnostic-Code: smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS>
            Status: 4.4.7

            --amazon
            Content-Type: message/rfc822

            Message-ID: <0100018f@ses.example>
            --amazon--
            """),
        ["out of office"] = Text("""
            From: Max <max@example.org>
            To: returned@bounce.acme.example
            Subject: Out of office: Spring news
            Auto-Submitted: auto-replied (vacation)
            Precedence: bulk

            I am away until Monday. 550 5.1.1 is what I am not.
            """),
        ["challenge"] = Text("""
            From: Nina <nina@example.org>
            Subject: Please confirm that you are a person
            X-Challenge: yes

            Follow this link and your mail is delivered.
            """),
        ["read receipt"] = Text("""
            From: Olga <olga@example.org>
            Content-Type: multipart/report; report-type=disposition-notification; boundary=r

            --r
            Content-Type: message/disposition-notification

            Final-Recipient: rfc822; olga@example.org
            Disposition: manual-action/MDN-sent-manually; displayed
            --r--
            """),
        ["forwarded report"] = Text("""
            From: Paul <paul@example.org>
            Content-Type: multipart/mixed; boundary=f

            --f
            Content-Type: text/plain

            What is this?
            --f
            Content-Type: message/rfc822

            Content-Type: multipart/report; report-type=delivery-status; boundary=g

            --g
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.net

            Final-Recipient: rfc822; ann@example.net
            Action: failed
            Status: 5.1.1
            --g--
            --f--
            """),
    };

    /// <summary>JSON, by what it is.</summary>
    public static IReadOnlyDictionary<string, byte[]> Json { get; } = new Dictionary<string, byte[]>
    {
        ["bounce"] = Encoding.UTF8.GetBytes("""
            {"eventType":"Bounce","mail":{"timestamp":"2026-03-02T10:00:00.120Z","source":"news@mail.acme.example","messageId":"0100018f-1",
            "destination":["ann@example.net"],"headersTruncated":false,"headers":[{"name":"From","value":"Acme <news@mail.acme.example>"}],
            "commonHeaders":{"from":["Acme <news@mail.acme.example>"],"to":["ann@example.net"],"subject":"Spring news"},
            "tags":{"ses:configuration-set":["acme-cs"],"silo-ref":["aebagbaf"],"campaign":["spring"]}},
            "bounce":{"bounceType":"Permanent","bounceSubType":"NoEmail","bouncedRecipients":[{"emailAddress":"ann@example.net","action":"failed",
            "status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 no such user"}],"timestamp":"2026-03-02T10:00:02.310Z","feedbackId":"f-1",
            "reportingMTA":"dns; out-7.mta.example"}}
            """),
        ["complaint"] = Encoding.UTF8.GetBytes("""
            {"notificationType":"Complaint","mail":{"messageId":"m-1","tags":{"silo-ref":["x"]}},"complaint":{"complainedRecipients":
            [{"emailAddress":"ann@example.net"},{"emailAddress":"bob@example.net"}],"timestamp":"2026-03-02T11:20:00.000Z","feedbackId":"fb-2",
            "complaintSubType":null,"userAgent":"ExampleFBL/1.0","complaintFeedbackType":"abuse","arrivalDate":"2026-03-02T11:19:40.000Z"}}
            """),
        ["delivery"] = Encoding.UTF8.GetBytes("""
            {"eventType":"Delivery","mail":{"messageId":"m-1"},"delivery":{"timestamp":"2026-03-02T10:00:01.700Z","processingTimeMillis":1580,
            "recipients":["ann@example.net"],"smtpResponse":"250 2.0.0 accepted","reportingMTA":"out-7.mta.example","remoteMtaIp":"198.51.100.9"}}
            """),
        ["delay"] = Encoding.UTF8.GetBytes("""
            {"eventType":"DeliveryDelay","mail":{"messageId":"m-4"},"deliveryDelay":{"timestamp":"2026-03-02T10:05:00.000Z",
            "delayType":"TransientCommunicationFailure","delayedRecipients":[{"emailAddress":"bob@example.org","status":"4.4.1",
            "diagnosticCode":"smtp; 421 4.4.1 cannot connect"}]}}
            """),
        ["reject"] = Encoding.UTF8.GetBytes("""{"eventType":"Reject","mail":{"messageId":"m-2"},"reject":{"reason":"Bad content"}}"""),
        ["subscription"] = Encoding.UTF8.GetBytes("""
            {"eventType":"Subscription","mail":{"messageId":"m-1"},"subscription":{"contactList":"main","timestamp":"2026-03-02T12:30:00.000Z",
            "source":"UnsubscribeHeader","newTopicPreferences":{"unsubscribeAll":false}}}
            """),
        ["rendering failure"] = Encoding.UTF8.GetBytes("""
            {"eventType":"Rendering Failure","mail":{"messageId":"m-3"},"failure":{"templateName":"welcome","errorMessage":"no name"}}
            """),
        ["event of EventBridge"] = Encoding.UTF8.GetBytes("""
            {"version":"0","id":"7c1f2f30","detail-type":"Email Bounced","source":"aws.ses","account":"123456789012","time":"2026-03-02T10:00:03Z",
            "region":"us-east-1","resources":[],"detail":{"eventType":"Bounce","mail":{"messageId":"m-9","tags":{"silo-ref":["y"]}},"bounce":
            {"bounceType":"Transient","bounceSubType":"MailboxFull","bouncedRecipients":[{"emailAddress":"ann@example.net"}]}}}
            """),
        ["notification"] = Encoding.UTF8.GetBytes("""
            {"Type":"Notification","MessageId":"22b80b92","TopicArn":"arn:aws:sns:us-east-1:123456789012:ses","Subject":"Amazon SES Email Event",
            "Message":"{\"eventType\":\"Delivery\",\"mail\":{\"messageId\":\"m-1\"}}","Timestamp":"2026-03-02T10:00:03.000Z","SignatureVersion":"1",
            "Signature":"EXAMPLEw6JRN","SigningCertURL":"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-f3.pem",
            "UnsubscribeURL":"https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"}
            """),
        ["confirmation"] = Encoding.UTF8.GetBytes("""
            {"Type":"SubscriptionConfirmation","MessageId":"165545c9","Token":"2336412f37","TopicArn":"arn:aws:sns:us-east-1:123456789012:ses",
            "Message":"You have chosen to subscribe.","SubscribeURL":"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
            "Timestamp":"2026-03-02T09:00:03.000Z","SignatureVersion":"2","Signature":"EXAMPLEpH","SigningCertURL":"https://sns.us-east-1.amazonaws.com/x.pem"}
            """),
    };

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n") + "\r\n");
}
