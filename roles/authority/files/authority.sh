#!/bin/bash
# usage: authority.sh FOLDER SUBJECT_BASE "HOST..." "USER:KIND..."   (KIND: good, expired, revoked)
# Makes a test certificate authority once, and with it what is not there yet: certificates of hosts and users, a revocation list.
set -euo pipefail
folder=$1 base=$2 hosts=$3 users=$4
mkdir -p "$folder"/{certificates,hosts,users,signed}
cd "$folder"
umask 077
if [ ! -f ca.key ]; then
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3650 -subj "$base/CN=Certification CA" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  : >index.txt
  echo 1000 >serial
  echo 01 >crlnumber
  echo made authority
fi
cat >ca.cnf <<EOC
[ca]
default_ca = test
[test]
dir = $folder
database = $folder/index.txt
serial = $folder/serial
crlnumber = $folder/crlnumber
new_certs_dir = $folder/signed
certificate = $folder/ca.pem
private_key = $folder/ca.key
default_md = sha256
default_crl_days = 3650
policy = anything
unique_subject = no
copy_extensions = none
[anything]
organizationName = supplied
commonName = supplied
EOC
sign() { # NAME FOLDER CERT KEY START END
  openssl req -newkey rsa:2048 -nodes -keyout "$2/$4" -out "$2/request.pem" -subj "$base/CN=$1" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment,dataEncipherment\nextendedKeyUsage=clientAuth,serverAuth\nauthorityKeyIdentifier=keyid\nsubjectAltName=DNS:%s,DNS:localhost\n' "$1" >"$2/extensions"
  openssl ca -batch -config ca.cnf -preserveDN -in "$2/request.pem" -out "$2/$3" -notext -extfile "$2/extensions" -startdate "$5" -enddate "$6" 2>/dev/null
  rm "$2/request.pem" "$2/extensions"
  chmod 644 "$2/$3"
  chmod 400 "$2/$4"
  echo "made $1"
}
start=$(date -u -d '1 day ago' +%Y%m%d%H%M%SZ)
end=$(date -u -d '3 years' +%Y%m%d%H%M%SZ)
for host in $hosts; do
  mkdir -p "hosts/$host"
  [ -f "hosts/$host/hostcert.pem" ] || sign "$host" "hosts/$host" hostcert.pem hostkey.pem "$start" "$end"
done
for user in $users; do
  name=${user%%:*} kind=${user##*:}
  mkdir -p "users/$name"
  [ -f "users/$name/usercert.pem" ] && continue
  if [ "$kind" = expired ]; then
    sign "$name" "users/$name" usercert.pem userkey.pem "$(date -u -d '30 days ago' +%Y%m%d%H%M%SZ)" "$(date -u -d '2 days ago' +%Y%m%d%H%M%SZ)"
  else
    sign "$name" "users/$name" usercert.pem userkey.pem "$start" "$end"
  fi
  [ "$kind" = revoked ] && openssl ca -batch -config ca.cnf -revoke "users/$name/usercert.pem" 2>/dev/null
done
hash=$(openssl x509 -in ca.pem -noout -hash)
cp -u ca.pem certificates/ca.pem
ln -sf ca.pem "certificates/$hash.0"
[ -f "certificates/$hash.r0" ] && [ "certificates/$hash.r0" -nt index.txt ] || openssl ca -config ca.cnf -gencrl -out "certificates/$hash.r0" 2>/dev/null
cat >"certificates/$hash.signing_policy" <<EOC
access_id_CA X509 '$base/CN=Certification CA'
pos_rights globus CA:sign
cond_subjects globus '"$base/*"'
EOC
chmod -R go+rX certificates
