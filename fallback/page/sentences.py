"""Every sentence that customers read and the owner did not write.

This file alone is the gettext domain ``page``: the rest of the package speaks to the
owner. After a change bring the catalogues up to date, as ``fallback/locales/README.md``
tells. A comment that begins with "translators:" reaches the translators.

The law of this room: nothing here claims what we cannot know. No sentence says that
orders or payments are safe, or promises an end. Unlike the owner's messages, these are
whole sentences, with a capital letter.
"""

from fallback.core.model import Status
from fallback.core.text import N, T, Text

# when. A zone is CET or UTC+03:00, and is the same in every language
# translators: a whole date. The month is a word inside a date: see January
DATE = T("{weekday}, {day} {month} {year}")
# translators: the first day of a month, inside a date: French says 1er
FIRST_DAY = T("1")
# translators: on the clock of 24 hours; both have two digits
TIME = T("{hour}:{minute}")
# translators: most sentences below end in this, after a colon
MOMENT = T("{date}, {time} ({zone})")
WEEKDAYS = (
    # translators: weekdays as they are written inside a line, not as a heading
    T("Monday"),
    T("Tuesday"),
    T("Wednesday"),
    T("Thursday"),
    T("Friday"),
    T("Saturday"),
    T("Sunday"),
)
MONTHS = (
    # translators: months as they stand after a day: in the genitive, if there is one
    T("January"),
    T("February"),
    T("March"),
    T("April"),
    T("May"),
    T("June"),
    T("July"),
    T("August"),
    T("September"),
    T("October"),
    T("November"),
    T("December"),
)

# what is the matter: the title and the first heading
# translators: {shop} is a name, as its owner writes it; it cannot be inflected
UNAVAILABLE = T("Sorry, {shop} is not available right now")
PLANNED = T("{shop} is closed for planned work")
COMING = T("{shop} will be closed for planned work")
BACK = T("{shop} is open again")

# when
SINCE = T("Not available since: {moment}")
PLANNED_START = T("Planned start: {moment}")
PLANNED_SINCE = T("Planned work since: {moment}")
# translators: a label; day and time stand below it
ETA = T("We expect to be back around")
ETA_LINE = T("We expect to be back around: {moment}")
ETA_UNKNOWN = T("We do not know yet when we will be back.")
ETA_PASSED = T("We expected to be back around: {moment}. That time has passed.")
NEXT = T("Next message by: {moment}")
NEXT_PASSED = T("We promised a message by: {moment}. It is late, and we are sorry.")
PLANNED_END = T("Planned end")
PLANNED_END_LINE = T("Planned end: {moment}")
PLANNED_END_UNKNOWN = T("We do not know yet when the work will end.")
PLANNED_END_PASSED = T(
    "Planned end: {moment}. The work is taking longer than planned, and we are sorry."
)
BACK_LINE = T("The shop is working again.")
# translators: such as "2 days and 4 hours"; the parts follow
LASTED = T("It was not available for {duration}.")
LASTED_PARTS = T("{longer} and {shorter}")
DAYS = N("{count} day", "{count} days")
HOURS = N("{count} hour", "{count} hours")
MINUTES = N("{count} minute", "{count} minutes")
TO_THE_SHOP = T("Go to the shop")

# how to reach a human
CONTACT = T("Talk to us")
EMAIL = T("E-mail")
PHONE = T("Phone")
# translators: the subject of the e-mail that a customer writes
MAIL_SUBJECT = T("A question to {shop}")
FIND_US = T("You can also find us here")

# what has been said
LOG = T("Messages, newest first")
OLDER = N("{count} earlier message", "{count} earlier messages")
OLDER_PART = T("{shop}: earlier messages, part {number}")
CURRENT = T("The current page")
# translators: a language is called by its own name for itself: polski
SPOKEN_ONLY = T("This part is available in {language} only.")
STATUS: dict[Status, Text] = {
    Status.INVESTIGATING: T("We are finding out what happened"),
    Status.IDENTIFIED: T("We know the cause"),
    Status.MONITORING: T("Fixed, and we are keeping an eye on it"),
    Status.RESOLVED: T("Working again"),
    Status.SCHEDULED: T("Planned work"),
}

# while the page is open
LIVE = T("New messages appear here automatically.")
CHECK_NOW = T("Check now")
PAUSE = T("Pause live updates")
UNCHECKED = T("We could not check for news just now. We will keep trying.")
SHOP_ANSWERS = T("The shop is responding again.")
GO_THERE = T("Open the page you came for")
TAKE_ME = T("Open the shop for me when it responds again")
TAKING = T("The shop will open here within ten minutes.")

# afterwards
REPORT = T("What happened, and what we have changed")
REPORT_TITLE = T("{shop}: what happened, and what we have changed")

# the headings by which an owner's text is known, and that ready words use
WHAT_HAPPENED = T("What happened")
WHAT_IT_MEANS = T("What it means for you")
YOUR_ORDER = T("Your order")
WHAT_YOU_CAN_DO = T("What you can do now")
WHAT_WE_DO = T("What we are doing")
APOLOGY = T("We are sorry")
COMPENSATION = T("How we will make it up to you")

# where the page is shared: no times, because others keep what they once read
SHARED = T("What happened, how to reach us, and when you will hear from us again.")

# the foot of the page
LANGUAGES = T("Languages")
ELSEWHERE = T("Other languages")
IN_FULL = T("The full page: {language}")
FEEDS = T("Follow these messages:")
HARMLESS = T("This page never asks for passwords, card numbers or payments.")

# the same words on other channels: letters, posts, a voice on the phone
SPOKEN_MOMENT = T("{weekday}, {day} {month}, {time}")
HELLO = T("Hello,")
THIS_IS = T("Hello, this is {shop}.")
REGRET = T("We are sorry for the trouble.")
NEWS_AT = T("Latest messages: {address}")
THANKS_FOR_WRITING = T("Thank you for writing to us.")
SLOWER = T("It may take us longer than usual to answer, by e-mail and on the phone.")
FOR_STAFF = T("For everyone who talks to customers: please use these words.")
NOTHING_MORE = T(
    "Please do not give any other times, and do not promise anything else."
)
# how an address is read out: kwiaty@poczta.example
SPELLED = {
    "@": T("at"),
    ".": T("dot"),
    "-": T("dash"),
    "_": T("underscore"),
}
